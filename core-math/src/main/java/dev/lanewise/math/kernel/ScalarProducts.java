package dev.lanewise.math.kernel;

import dev.lanewise.math.matrix.ByteTiles;
import dev.lanewise.math.matrix.Int8Vector;
import dev.lanewise.math.matrix.NibbleTiles;
import dev.lanewise.math.matrix.RawBlocks;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The definition of {@link ProductKernels}, for tiles of any number of lanes. */
final class ScalarProducts implements ProductKernels {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = Int8Vector.BLOCK;
  private static final int PANEL_ROWS = 16;

  private final int shortLanes;

  ScalarProducts(int shortLanes) {
    this.shortLanes = shortLanes;
  }

  @Override
  public int shortLanes() {
    return shortLanes;
  }

  @Override
  public int panelRows() {
    return PANEL_ROWS;
  }

  @Override
  public void multiply(
      NibbleTiles w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    int tileRows = w.tileRows();
    for (int t = first; t < end; t++) {
      Arrays.fill(scratch.sums, 0);
      for (int b = 0; b < w.cols() / BLOCK; b++) {
        long block = t * w.tileBytes() + b * w.blockBytes();
        Arrays.fill(scratch.blockSums, 0);
        for (int k = 0; k < BLOCK; k++) {
          int q = (short) x.doubled()[b * BLOCK + k];
          for (int r = 0; r < tileRows; r++) {
            scratch.blockSums[r] += nibble(w, block, k, r) * q;
          }
        }
        for (int r = 0; r < tileRows; r++) {
          float d = w.tiles().get(FLOAT, block + w.scalesOffset() + 4L * r);
          float offset = w.hasMinima() ? minimum(w, block, r) : -8 * d;
          scratch.sums[r] +=
              d * (x.scales()[b] * scratch.blockSums[r]) + offset * x.scaledSums()[b];
        }
      }
      System.arraycopy(
          scratch.sums, 0, y, t * tileRows, Math.min(tileRows, w.rows() - t * tileRows));
    }
  }

  @Override
  public void multiply(
      ByteTiles w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    int tileRows = w.tileRows();
    for (int t = first; t < end; t++) {
      Arrays.fill(scratch.sums, 0);
      for (int b = 0; b < w.cols() / BLOCK; b++) {
        long block = t * w.tileBytes() + b * w.blockBytes();
        Arrays.fill(scratch.blockSums, 0);
        for (int k = 0; k < BLOCK; k++) {
          int q = (short) x.doubled()[b * BLOCK + k];
          for (int r = 0; r < tileRows; r++) {
            scratch.blockSums[r] += signedByte(w, block, k, r) * q;
          }
        }
        for (int r = 0; r < tileRows; r++) {
          float d = w.tiles().get(FLOAT, block + w.scalesOffset() + 4L * r);
          scratch.sums[r] += d * (x.scales()[b] * scratch.blockSums[r]);
        }
      }
      System.arraycopy(
          scratch.sums, 0, y, t * tileRows, Math.min(tileRows, w.rows() - t * tileRows));
    }
  }

  @Override
  public void multiply(
      RawBlocks w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    multiplyRows(w, x, y, first, end, scratch);
  }

  /** The product row by row, decoding a stretch at a time. */
  static void multiplyRows(
      RawBlocks w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    for (int r = first; r < end; r++) {
      float sum = 0;
      for (int col = 0; col < w.cols(); col += ProductScratch.PANEL_DEPTH) {
        int count = Math.min(ProductScratch.PANEL_DEPTH, w.cols() - col);
        w.decode(r, col, count, scratch.row, 0);
        for (int k = 0; k < count; k++) {
          sum += scratch.row[k] * x.floats()[col + k];
        }
      }
      y[r] = sum;
    }
  }

  @Override
  public void decode(NibbleTiles w, int row, int col, int count, float[] panel) {
    long tile = row / w.tileRows() * w.tileBytes();
    for (int k = 0; k < count; k++) {
      long block = tile + (col + k) / BLOCK * w.blockBytes();
      for (int r = 0; r < PANEL_ROWS; r++) {
        int inTile = row % w.tileRows() + r;
        float d = w.tiles().get(FLOAT, block + w.scalesOffset() + 4L * inTile);
        int q = nibble(w, block, (col + k) % BLOCK, inTile);
        panel[k * PANEL_ROWS + r] = w.hasMinima() ? q * d + minimum(w, block, inTile) : (q - 8) * d;
      }
    }
  }

  @Override
  public void decode(ByteTiles w, int row, int col, int count, float[] panel) {
    long tile = row / w.tileRows() * w.tileBytes();
    for (int k = 0; k < count; k++) {
      long block = tile + (col + k) / BLOCK * w.blockBytes();
      for (int r = 0; r < PANEL_ROWS; r++) {
        int inTile = row % w.tileRows() + r;
        float d = w.tiles().get(FLOAT, block + w.scalesOffset() + 4L * inTile);
        panel[k * PANEL_ROWS + r] = signedByte(w, block, (col + k) % BLOCK, inTile) * d;
      }
    }
  }

  @Override
  public void decode(RawBlocks w, int row, int col, int count, float[] panel) {
    decodeRows(w, row, col, count, panel, PANEL_ROWS);
  }

  /** Decodes the rows of a panel one by one; K-quants are not in lanes yet. */
  static void decodeRows(RawBlocks w, int row, int col, int count, float[] panel, int panelRows) {
    float[] decoded = new float[count];
    for (int r = 0; r < panelRows && row + r < w.rows(); r++) {
      w.decode(row + r, col, count, decoded, 0);
      for (int k = 0; k < count; k++) {
        panel[k * panelRows + r] = decoded[k];
      }
    }
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
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < PANEL_ROWS; r++) {
        float sum = add ? y[yOffset + c * yStride + r] : 0;
        for (int k = 0; k < depth; k++) {
          sum = Math.fma(panel[k * PANEL_ROWS + r], x[xOffset + c * xStride + k], sum);
        }
        y[yOffset + c * yStride + r] = sum;
      }
    }
  }

  private static int nibble(NibbleTiles w, long block, int k, int r) {
    int lanes = w.unitBytes() / 2;
    int lane = lane(r % lanes, lanes);
    long unit = block + (long) k * w.unitBytes();
    int nibble = r / lanes;
    int packed = w.tiles().get(ValueLayout.JAVA_BYTE, unit + 2L * lane + nibble / 2);
    return packed >> 4 * (nibble % 2) & 0xf;
  }

  private static int signedByte(ByteTiles w, long block, int k, int r) {
    int lanes = w.unitBytes() / 2;
    long unit = block + (long) k * w.unitBytes();
    long at = unit + 2L * lane(r % lanes, lanes) + r / lanes;
    return (byte) (w.tiles().get(ValueLayout.JAVA_BYTE, at) ^ 0x80);
  }

  private static float minimum(NibbleTiles w, long block, int r) {
    return w.tiles().get(FLOAT, block + w.scalesOffset() + 4L * (w.tileRows() + r));
  }

  /** The 16-bit lane of row {@code r} of a group of as many rows as lanes. */
  private static int lane(int r, int lanes) {
    return r < lanes / 2 ? 2 * r : 2 * r - lanes + 1;
  }
}
