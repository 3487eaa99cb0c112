package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.matrix.ByteTiles;
import dev.lanewise.math.matrix.Int8Vector;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q8_0 times an 8-bit vector.
 *
 * <p>Two inputs at a time: u0 x0 + u1 x1 - 128 (x0 + x1) modulo 2^16, with u = q + 128, is q0 x0 +
 * q1 x1, at most 2 * 128 * 127 = 32512 in magnitude. The bias carries 2^15 more in the lower half
 * of each 32-bit lane, so that the lower half is not negative and the lanes can be added up whole:
 * sum(z) = 2^16 sum(high) + sum(low + 2^15), where sum(high) is added up beside it. Over the 16
 * pairs of a block neither overflows 32 bits in a way that the final subtraction does not undo.
 */
final class ByteKernel {
  private static final int BLOCK = Int8Vector.BLOCK;
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int LOW_BYTES = 0x00ff00ff;

  /** What the 2^15 of the 16 pairs of a block add up to. */
  private static final int LOW_OFFSET = BLOCK / 2 * 0x8000;

  private ByteKernel() {}

  static void multiply(
      ByteTiles w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    int tileRows = w.tileRows();
    for (int t = first; t < end; t++) {
      Arrays.fill(scratch.sums, 0);
      tile(w.tiles(), t * w.tileBytes(), w.cols() / BLOCK, x, scratch);
      System.arraycopy(
          scratch.sums, 0, y, t * tileRows, Math.min(tileRows, w.rows() - t * tileRows));
    }
  }

  private static void tile(
      MemorySegment tiles, long start, int blocks, Int8Vector x, ProductScratch scratch) {
    int[] doubled = x.doubled();
    int[] byteBias = x.byteBias();
    float[] sums = scratch.sums;
    long at = start;
    for (int b = 0; b < blocks; b++) {
      IntVector even = IntVector.broadcast(INT, -LOW_OFFSET);
      IntVector odd = even;
      IntVector evenHigh = IntVector.zero(INT);
      IntVector oddHigh = evenHigh;
      for (int pair = b * (BLOCK / 2); pair < (b + 1) * (BLOCK / 2); pair++) {
        IntVector v0 = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        IntVector v1 = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
        ShortVector q0 = IntVector.broadcast(INT, doubled[2 * pair]).reinterpretAsShorts();
        ShortVector q1 = IntVector.broadcast(INT, doubled[2 * pair + 1]).reinterpretAsShorts();
        ShortVector bias = IntVector.broadcast(INT, byteBias[pair]).reinterpretAsShorts();
        IntVector z0 =
            v0.and(LOW_BYTES)
                .reinterpretAsShorts()
                .mul(q0)
                .add(v1.and(LOW_BYTES).reinterpretAsShorts().mul(q1))
                .add(bias)
                .reinterpretAsInts();
        IntVector z1 =
            v0.lanewise(VectorOperators.LSHR, 8)
                .and(LOW_BYTES)
                .reinterpretAsShorts()
                .mul(q0)
                .add(
                    v1.lanewise(VectorOperators.LSHR, 8)
                        .and(LOW_BYTES)
                        .reinterpretAsShorts()
                        .mul(q1))
                .add(bias)
                .reinterpretAsInts();
        even = even.add(z0);
        evenHigh = evenHigh.add(z0.lanewise(VectorOperators.ASHR, 16));
        odd = odd.add(z1);
        oddHigh = oddHigh.add(z1.lanewise(VectorOperators.ASHR, 16));
        at += 4L * SHORTS;
      }
      FloatVector scale = FloatVector.broadcast(FLOAT, x.scales()[b]);
      ((FloatVector)
              even.sub(evenHigh.lanewise(VectorOperators.LSHL, 16)).convert(VectorOperators.I2F, 0))
          .mul(scale)
          .fma(
              FloatVector.fromMemorySegment(FLOAT, tiles, at, ORDER),
              FloatVector.fromArray(FLOAT, sums, 0))
          .intoArray(sums, 0);
      ((FloatVector) evenHigh.convert(VectorOperators.I2F, 0))
          .mul(scale)
          .fma(
              FloatVector.fromMemorySegment(FLOAT, tiles, at + 4L * FLOATS, ORDER),
              FloatVector.fromArray(FLOAT, sums, FLOATS))
          .intoArray(sums, FLOATS);
      ((FloatVector)
              odd.sub(oddHigh.lanewise(VectorOperators.LSHL, 16)).convert(VectorOperators.I2F, 0))
          .mul(scale)
          .fma(
              FloatVector.fromMemorySegment(FLOAT, tiles, at + 8L * FLOATS, ORDER),
              FloatVector.fromArray(FLOAT, sums, 2 * FLOATS))
          .intoArray(sums, 2 * FLOATS);
      ((FloatVector) oddHigh.convert(VectorOperators.I2F, 0))
          .mul(scale)
          .fma(
              FloatVector.fromMemorySegment(FLOAT, tiles, at + 12L * FLOATS, ORDER),
              FloatVector.fromArray(FLOAT, sums, 3 * FLOATS))
          .intoArray(sums, 3 * FLOATS);
      at += 16L * FLOATS;
    }
  }

  /**
   * Decodes {@code rows} rows from {@code row} and {@code count} columns from {@code col} into
   * {@code panel[k][rows]}.
   */
  static void decode(ByteTiles w, int row, int rows, int col, int count, float[] panel) {
    long tile = row / w.tileRows() * w.tileBytes();
    for (int group = 0; group < rows; group += SHORTS) {
      int inTile = row % w.tileRows() + group;
      for (int k = 0; k < count; k += BLOCK) {
        long block = tile + (col + k) / BLOCK * w.blockBytes();
        decodeBlock(w, block, inTile, panel, k * rows + group, rows);
      }
    }
  }

  private static void decodeBlock(
      ByteTiles w, long block, int inTile, float[] panel, int at, int stride) {
    MemorySegment tiles = w.tiles();
    long scales = block + w.scalesOffset() + 4L * inTile;
    FloatVector dLow = FloatVector.fromMemorySegment(FLOAT, tiles, scales, ORDER);
    FloatVector dHigh = FloatVector.fromMemorySegment(FLOAT, tiles, scales + 4L * FLOATS, ORDER);
    int shift = 8 * (inTile / SHORTS);
    long unit = block;
    int to = at;
    for (int k = 0; k < BLOCK; k++) {
      IntVector v =
          IntVector.fromMemorySegment(INT, tiles, unit, ORDER)
              .lanewise(VectorOperators.LSHR, shift);
      ((FloatVector) v.and(0xff).sub(128).convert(VectorOperators.I2F, 0))
          .mul(dLow)
          .intoArray(panel, to);
      ((FloatVector)
              v.lanewise(VectorOperators.LSHR, 16)
                  .and(0xff)
                  .sub(128)
                  .convert(VectorOperators.I2F, 0))
          .mul(dHigh)
          .intoArray(panel, to + FLOATS);
      unit += 2L * SHORTS;
      to += stride;
    }
  }
}
