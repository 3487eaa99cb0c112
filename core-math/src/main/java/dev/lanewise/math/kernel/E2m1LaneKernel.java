package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.format.TableBlocks;
import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Four E2M1 codes a 16-bit lane: MXFP4 and NVFP4 where lanes of 16 bits are looked up in a table by
 * one instruction (vpermw), which yields products without any widening. It uses the four lower bits
 * of a lane, so that shifts need no mask. 16 products are at most 16 * 12 * 127 = 24384 in
 * magnitude.
 */
final class E2m1LaneKernel {
  private static final int RUN = 16;
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int ROWS = 4 * SHORTS;
  private static final ShortVector VALUES = values();

  private E2m1LaneKernel() {}

  /** The table once for each 16 lanes. */
  private static ShortVector values() {
    short[] values = new short[SHORTS];
    for (int l = 0; l < SHORTS; l++) {
      values[l] = (short) TableBlocks.doubledE2m1(l % 16);
    }
    return ShortVector.fromArray(SHORT, values, 0);
  }

  /**
   * The exact sums of pairs of runs of 16 inputs, whose units begin at {@code from}, {@code
   * pairBytes} apart. A pair is computed together: its loop is then too large for C2 to unroll,
   * which on a loop as short as this one would leave most of it to the slow loops before and after.
   *
   * @param secondBytes from the units of the first to those of the second run of a pair
   */
  static void sums(
      MemorySegment tiles,
      long from,
      int pairBytes,
      int secondBytes,
      int pairs,
      int[] doubled,
      int first,
      int[] out) {
    for (int pair = 0; pair < pairs; pair++) {
      ShortVector z0 = ShortVector.zero(SHORT);
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      ShortVector y0 = z0;
      ShortVector y1 = z0;
      ShortVector y2 = z0;
      ShortVector y3 = z0;
      long at = from + (long) pair * pairBytes;
      int k = first + pair * 2 * RUN;
      for (int i = 0; i < RUN; i++) {
        IntVector v = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        IntVector u = IntVector.fromMemorySegment(INT, tiles, at + secondBytes, ORDER);
        ShortVector q = IntVector.broadcast(INT, doubled[k + i]).reinterpretAsShorts();
        ShortVector p = IntVector.broadcast(INT, doubled[k + i + RUN]).reinterpretAsShorts();
        z0 = z0.add(v.reinterpretAsShorts().selectFrom(VALUES).mul(q));
        z1 =
            z1.add(
                v.lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(q));
        z2 =
            z2.add(
                v.lanewise(VectorOperators.LSHR, 8)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(q));
        z3 =
            z3.add(
                v.lanewise(VectorOperators.LSHR, 12)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(q));
        y0 = y0.add(u.reinterpretAsShorts().selectFrom(VALUES).mul(p));
        y1 =
            y1.add(
                u.lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(p));
        y2 =
            y2.add(
                u.lanewise(VectorOperators.LSHR, 8)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(p));
        y3 =
            y3.add(
                u.lanewise(VectorOperators.LSHR, 12)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(p));
        at += 2L * SHORTS;
      }
      int to = 2 * pair * ROWS;
      IntVector i0 = z0.reinterpretAsInts();
      IntVector i1 = z1.reinterpretAsInts();
      IntVector i2 = z2.reinterpretAsInts();
      IntVector i3 = z3.reinterpretAsInts();
      i0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).intoArray(out, to);
      i1.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .intoArray(out, to + FLOATS);
      i0.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 2 * FLOATS);
      i1.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 3 * FLOATS);
      i2.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .intoArray(out, to + 4 * FLOATS);
      i3.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .intoArray(out, to + 5 * FLOATS);
      i2.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 6 * FLOATS);
      i3.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 7 * FLOATS);
      to += ROWS;
      i0 = y0.reinterpretAsInts();
      i1 = y1.reinterpretAsInts();
      i2 = y2.reinterpretAsInts();
      i3 = y3.reinterpretAsInts();
      i0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).intoArray(out, to);
      i1.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .intoArray(out, to + FLOATS);
      i0.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 2 * FLOATS);
      i1.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 3 * FLOATS);
      i2.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .intoArray(out, to + 4 * FLOATS);
      i3.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .intoArray(out, to + 5 * FLOATS);
      i2.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 6 * FLOATS);
      i3.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 7 * FLOATS);
    }
  }

  /** Expands the units of a span to values of 16 bits, {@code out[to + k ROWS + slot]}. */
  static void expand(MemorySegment tiles, long from, int span, short[] out, int to) {
    long at = from;
    for (int k = to; k < to + span * ROWS; k += ROWS) {
      IntVector v = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
      v.reinterpretAsShorts().selectFrom(VALUES).intoArray(out, k);
      v.lanewise(VectorOperators.LSHR, 4)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, k + SHORTS);
      v.lanewise(VectorOperators.LSHR, 8)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, k + 2 * SHORTS);
      v.lanewise(VectorOperators.LSHR, 12)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, k + 3 * SHORTS);
      at += 2L * SHORTS;
    }
  }

  /** Decodes the units of a span, whose scales are in {@code scratch}, to strips of F32 rows. */
  static void decode(Matrix w, long from, Strips strips, int k, ProductScratch scratch) {
    for (int j = 0; j < 4; j++) {
      group(w, from, j, strips, k, scratch);
    }
  }

  private static void group(
      Matrix w, long from, int j, Strips strips, int k, ProductScratch scratch) {
    MemorySegment tiles = w.tiles();
    int row = ScaleKernel.firstRow(j * SHORTS);
    FloatVector lowScale = FloatVector.fromArray(FLOAT, scratch.scale, row);
    FloatVector highScale = FloatVector.fromArray(FLOAT, scratch.scale, row + SHORTS);
    float[] panel = scratch.panel;
    int low = strips.at(row, k);
    int high = strips.at(row + SHORTS, k);
    int span = w.layout().scales().span();
    for (int i = 0; i < span; i++) {
      IntVector v =
          IntVector.fromMemorySegment(INT, tiles, from + 2L * i * SHORTS, ORDER)
              .lanewise(VectorOperators.LSHR, 4 * j)
              .reinterpretAsShorts()
              .selectFrom(VALUES)
              .reinterpretAsInts();
      ((FloatVector)
              v.lanewise(VectorOperators.LSHL, 16)
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0))
          .mul(lowScale)
          .intoArray(panel, low + i * Strips.ROWS);
      ((FloatVector) v.lanewise(VectorOperators.ASHR, 16).convert(VectorOperators.I2F, 0))
          .mul(highScale)
          .intoArray(panel, high + i * Strips.ROWS);
    }
  }
}
