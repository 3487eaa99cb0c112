package dev.lanewise.math.kernel;

import dev.lanewise.math.matrix.ByteTiles;
import dev.lanewise.math.matrix.Int8Vector;
import dev.lanewise.math.matrix.NibbleTiles;
import dev.lanewise.math.matrix.RawBlocks;

/**
 * {@link ProductKernels} in vectors: one class of static kernels for each layout. Raw blocks are
 * decoded by the scalar code.
 */
final class VectorProducts implements ProductKernels {
  @Override
  public int shortLanes() {
    return Lanes.SHORT.length();
  }

  @Override
  public int panelRows() {
    return PanelKernel.ROWS;
  }

  @Override
  public void multiply(
      NibbleTiles w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    NibbleKernel.multiply(w, x, y, first, end, scratch);
  }

  @Override
  public void multiply(
      ByteTiles w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    ByteKernel.multiply(w, x, y, first, end, scratch);
  }

  @Override
  public void multiply(
      RawBlocks w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    ScalarProducts.multiplyRows(w, x, y, first, end, scratch);
  }

  @Override
  public void decode(NibbleTiles w, int row, int col, int count, float[] panel) {
    NibbleKernel.decode(w, row, PanelKernel.ROWS, col, count, panel);
  }

  @Override
  public void decode(ByteTiles w, int row, int col, int count, float[] panel) {
    ByteKernel.decode(w, row, PanelKernel.ROWS, col, count, panel);
  }

  @Override
  public void decode(RawBlocks w, int row, int col, int count, float[] panel) {
    ScalarProducts.decodeRows(w, row, col, count, panel, PanelKernel.ROWS);
  }

  @Override
  public void multiplyPanel(
      float[] panel,
      int depth,
      float[] x,
      int xOffset,
      int xStride,
      int columns,
      float[] y,
      int yOffset,
      int yStride,
      boolean add) {
    PanelKernel.multiply(panel, depth, x, xOffset, xStride, columns, y, yOffset, yStride, add);
  }
}
