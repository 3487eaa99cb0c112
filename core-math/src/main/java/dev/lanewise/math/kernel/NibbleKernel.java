package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.matrix.Int8Vector;
import dev.lanewise.math.matrix.NibbleTiles;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q4_0 and Q4_1 times an 8-bit vector.
 *
 * <p>All sums are modulo 2^16 and start at -8 sum(x), so that they end at the sum of (q - 8) x over
 * a block, which is at most 32 * 8 * 127 = 32512 in magnitude and fits 16 bits: one flush a block.
 * The shifts are on 32-bit lanes, where C2 uses immediates; the mask clears what crosses the 16-bit
 * lanes. The flush goes through a short[] so that the loop over the inputs keeps its few registers.
 */
final class NibbleKernel {
  private static final int BLOCK = Int8Vector.BLOCK;
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int NIBBLES = 0x000f000f;

  private NibbleKernel() {}

  static void multiply(
      NibbleTiles w, Int8Vector x, float[] y, int first, int end, ProductScratch scratch) {
    int tileRows = w.tileRows();
    for (int t = first; t < end; t++) {
      Arrays.fill(scratch.sums, 0);
      tile(w.tiles(), t * w.tileBytes(), w.hasMinima(), w.cols() / BLOCK, x, scratch);
      System.arraycopy(
          scratch.sums, 0, y, t * tileRows, Math.min(tileRows, w.rows() - t * tileRows));
    }
  }

  private static void tile(
      MemorySegment tiles,
      long start,
      boolean minima,
      int blocks,
      Int8Vector x,
      ProductScratch scratch) {
    int[] doubled = x.doubled();
    short[] shortSums = scratch.shortSums;
    long at = start;
    for (int b = 0; b < blocks; b++) {
      ShortVector z0 = IntVector.broadcast(INT, x.nibbleBias()[b]).reinterpretAsShorts();
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      for (int k = b * BLOCK; k < b * BLOCK + BLOCK; k++) {
        IntVector v = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        ShortVector q = IntVector.broadcast(INT, doubled[k]).reinterpretAsShorts();
        z0 = z0.add(v.and(NIBBLES).reinterpretAsShorts().mul(q));
        z1 = z1.add(v.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).reinterpretAsShorts().mul(q));
        z2 = z2.add(v.lanewise(VectorOperators.LSHR, 8).and(NIBBLES).reinterpretAsShorts().mul(q));
        z3 = z3.add(v.lanewise(VectorOperators.LSHR, 12).and(NIBBLES).reinterpretAsShorts().mul(q));
        at += 2L * SHORTS;
      }
      z0.intoArray(shortSums, 0);
      z1.intoArray(shortSums, SHORTS);
      z2.intoArray(shortSums, 2 * SHORTS);
      z3.intoArray(shortSums, 3 * SHORTS);
      if (minima) {
        flushWithMinima(tiles, at, x.scales()[b], x.scaledSums()[b], scratch);
        at += 32L * SHORTS;
      } else {
        flush(tiles, at, x.scales()[b], scratch);
        at += 16L * SHORTS;
      }
    }
  }

  /** sums += d (scale z), with z = sum of (q - 8) x. */
  private static void flush(MemorySegment tiles, long d, float scale, ProductScratch scratch) {
    float[] sums = scratch.sums;
    for (int r = 0; r < 4 * SHORTS; r += SHORTS) {
      IntVector z = ShortVector.fromArray(SHORT, scratch.shortSums, r).reinterpretAsInts();
      FloatVector low =
          (FloatVector)
              z.lanewise(VectorOperators.LSHL, 16)
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0);
      FloatVector high =
          (FloatVector) z.lanewise(VectorOperators.ASHR, 16).convert(VectorOperators.I2F, 0);
      low.mul(scale)
          .fma(
              FloatVector.fromMemorySegment(FLOAT, tiles, d + 4L * r, ORDER),
              FloatVector.fromArray(FLOAT, sums, r))
          .intoArray(sums, r);
      high.mul(scale)
          .fma(
              FloatVector.fromMemorySegment(FLOAT, tiles, d + 4L * (r + FLOATS), ORDER),
              FloatVector.fromArray(FLOAT, sums, r + FLOATS))
          .intoArray(sums, r + FLOATS);
    }
  }

  /** sums += d (scale z + 8 scaledSum) + m scaledSum, with z = sum of (q - 8) x. */
  private static void flushWithMinima(
      MemorySegment tiles, long d, float scale, float scaledSum, ProductScratch scratch) {
    float[] sums = scratch.sums;
    long m = d + 16L * SHORTS;
    FloatVector scales = FloatVector.broadcast(FLOAT, scale);
    FloatVector minima = FloatVector.broadcast(FLOAT, scaledSum);
    FloatVector eight = FloatVector.broadcast(FLOAT, 8 * scaledSum);
    for (int r = 0; r < 4 * SHORTS; r += SHORTS) {
      IntVector z = ShortVector.fromArray(SHORT, scratch.shortSums, r).reinterpretAsInts();
      FloatVector low =
          (FloatVector)
              z.lanewise(VectorOperators.LSHL, 16)
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0);
      FloatVector high =
          (FloatVector) z.lanewise(VectorOperators.ASHR, 16).convert(VectorOperators.I2F, 0);
      FloatVector lowSum =
          FloatVector.fromMemorySegment(FLOAT, tiles, m + 4L * r, ORDER)
              .fma(minima, FloatVector.fromArray(FLOAT, sums, r));
      FloatVector highSum =
          FloatVector.fromMemorySegment(FLOAT, tiles, m + 4L * (r + FLOATS), ORDER)
              .fma(minima, FloatVector.fromArray(FLOAT, sums, r + FLOATS));
      low.fma(scales, eight)
          .fma(FloatVector.fromMemorySegment(FLOAT, tiles, d + 4L * r, ORDER), lowSum)
          .intoArray(sums, r);
      high.fma(scales, eight)
          .fma(FloatVector.fromMemorySegment(FLOAT, tiles, d + 4L * (r + FLOATS), ORDER), highSum)
          .intoArray(sums, r + FLOATS);
    }
  }

  /**
   * Decodes {@code rows} rows from {@code row} and {@code count} columns from {@code col} into
   * {@code panel[k][rows]}.
   */
  static void decode(NibbleTiles w, int row, int rows, int col, int count, float[] panel) {
    long tile = row / w.tileRows() * w.tileBytes();
    for (int group = 0; group < rows; group += SHORTS) {
      int inTile = row % w.tileRows() + group;
      for (int k = 0; k < count; k += BLOCK) {
        long block = tile + (col + k) / BLOCK * w.blockBytes();
        decodeBlock(w, block, inTile, panel, k * rows + group, rows);
      }
    }
  }

  /** Decodes the rows that share nibble {@code inTile / SHORTS}, of one block of inputs. */
  private static void decodeBlock(
      NibbleTiles w, long block, int inTile, float[] panel, int at, int stride) {
    MemorySegment tiles = w.tiles();
    long scales = block + w.scalesOffset() + 4L * inTile;
    FloatVector dLow = FloatVector.fromMemorySegment(FLOAT, tiles, scales, ORDER);
    FloatVector dHigh = FloatVector.fromMemorySegment(FLOAT, tiles, scales + 4L * FLOATS, ORDER);
    FloatVector mLow = dLow.mul(-8);
    FloatVector mHigh = dHigh.mul(-8);
    if (w.hasMinima()) {
      long minima = scales + 16L * SHORTS;
      mLow = FloatVector.fromMemorySegment(FLOAT, tiles, minima, ORDER);
      mHigh = FloatVector.fromMemorySegment(FLOAT, tiles, minima + 4L * FLOATS, ORDER);
    }
    int shift = 4 * (inTile / SHORTS);
    long unit = block;
    int to = at;
    for (int k = 0; k < BLOCK; k++) {
      IntVector v =
          IntVector.fromMemorySegment(INT, tiles, unit, ORDER)
              .lanewise(VectorOperators.LSHR, shift);
      ((FloatVector) v.and(0xf).convert(VectorOperators.I2F, 0))
          .fma(dLow, mLow)
          .intoArray(panel, to);
      ((FloatVector) v.lanewise(VectorOperators.LSHR, 16).and(0xf).convert(VectorOperators.I2F, 0))
          .fma(dHigh, mHigh)
          .intoArray(panel, to + FLOATS);
      unit += 2L * SHORTS;
      to += stride;
    }
  }
}
