package dev.lanewise.math.gather;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.GatherKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.TileLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Encodes a block of inputs of all rows of a tile at once, and by one rule: the scale comes from
 * the largest weight. What {@code BlockFormat.encode} tries beyond it takes several times as long,
 * and finds nothing better for Q8_0, nor for weights that were MXFP4 before. For one thread.
 */
final class BlockColumns {
  /** E2M1's largest numbers have this exponent. */
  private static final int E2M1_EXPONENT = 2;

  private static final int LEAST_EXPONENT = -127;
  private static final int EXPONENT_SHIFT = 23;

  private final GatherKernels kernels;
  private TileLayout layout;
  private byte[] scales;
  private float[] largest;
  private float[] inverses;

  BlockColumns(GatherKernels kernels) {
    this.kernels = kernels;
  }

  /**
   * Encodes {@link Inputs#BLOCK} inputs, as Q8_0 or MXFP4.
   *
   * @param weights that of row r for the i-th input at {@code first + i stride + r}
   * @param at where the units of the block stand in {@code to}
   */
  void encode(float[] weights, int first, int stride, Matrix to, long at) {
    if (!to.layout().equals(layout)) {
      use(to.layout());
    }
    kernels.largest(weights, first, stride, largest);
    if (to.format() == BlockFormat.MXFP4) {
      powersOfTwo();
    } else {
      halves();
    }
    kernels.encode(weights, first, stride, inverses, to, at);
    long behind = at + layout.spanUnitBytes();
    MemorySegment.copy(scales, 0, to.tiles(), ValueLayout.JAVA_BYTE, behind, scales.length);
  }

  private void use(TileLayout other) {
    layout = other;
    int rows = layout.tileRows();
    scales = new byte[layout.spanBytes() - layout.spanUnitBytes()];
    largest = new float[rows];
    inverses = new float[rows];
  }

  /** Scales that bring the largest weight to 127. */
  private void halves() {
    for (int r = 0; r < largest.length; r++) {
      short bits = Float.floatToFloat16(largest[r] / Inputs.MOST);
      float scale = Float.float16ToFloat(bits);
      inverses[r] = scale == 0 ? 0 : 1 / scale;
      int at = 2 * layout.slotOfRow(r);
      scales[at] = (byte) bits;
      scales[at + 1] = (byte) (bits >> 8);
    }
  }

  /** Scales that bring the largest weight to between 4 and 8, of which MXFP4 leaves up to 6. */
  private void powersOfTwo() {
    for (int r = 0; r < largest.length; r++) {
      int exponent = Math.max(Math.getExponent(largest[r]) - E2M1_EXPONENT, LEAST_EXPONENT);
      inverses[r] = Float.intBitsToFloat(-LEAST_EXPONENT - exponent << EXPONENT_SHIFT);
      scales[layout.scaleByteOfRow(r)] = (byte) (exponent - LEAST_EXPONENT);
    }
  }
}
