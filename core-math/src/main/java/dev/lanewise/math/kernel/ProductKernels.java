package dev.lanewise.math.kernel;

import dev.lanewise.math.matrix.ByteTiles;
import dev.lanewise.math.matrix.Int8Vector;
import dev.lanewise.math.matrix.NibbleTiles;
import dev.lanewise.math.matrix.RawBlocks;

/**
 * Matrix products, in two regimes. For one column, inputs rounded to 8 bits: per block of 32 an
 * exact integer product, scaled and summed in F32 in the order of the blocks. For any number of
 * columns in F32: a panel of weights is decoded, then multiplied; the sum of a row runs over its
 * inputs in order, whatever the number of columns.
 */
public interface ProductKernels {
  /** 16-bit lanes of the tiles these kernels read. */
  int shortLanes();

  /** Output rows of a panel. */
  int panelRows();

  /** Output rows of tiles {@code first} to {@code end - 1} times x, into {@code y}. */
  void multiply(NibbleTiles w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch);

  /** Output rows of tiles {@code first} to {@code end - 1} times x, into {@code y}. */
  void multiply(ByteTiles w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch);

  /**
   * Output rows {@code first} to {@code end - 1} times x, which is not rounded for these formats,
   * into {@code y}.
   */
  void multiply(RawBlocks w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch);

  /**
   * Decodes weights {@code [panelRows, count]} from {@code row} (a multiple of {@link
   * #panelRows()}) and {@code col} (a multiple of 32) into {@code panel[k][panelRows]}; rows beyond
   * the matrix are unspecified.
   */
  void decode(NibbleTiles w, int row, int col, int count, float[] panel);

  /** As for {@link NibbleTiles}. */
  void decode(ByteTiles w, int row, int col, int count, float[] panel);

  /** As for {@link NibbleTiles}, with {@code col} and {@code count} in whole blocks. */
  void decode(RawBlocks w, int row, int col, int count, float[] panel);

  /**
   * For each of {@code columns} columns c, {@code y[yOffset + c yStride + r] = (add ? itself : 0) +
   * sum over k of panel[k][r] x[xOffset + c xStride + k]}, for all rows r of the panel and k below
   * {@code depth}.
   */
  void multiplyPanel(
      float[] panel,
      int depth,
      float[] x,
      int xOffset,
      int xStride,
      int columns,
      float[] y,
      int yOffset,
      int yStride,
      boolean add);
}
