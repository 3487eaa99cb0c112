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
   * The exact sums of runs of 16 inputs in spans whose units begin at {@code from}, {@code
   * spanBytes} apart. A step takes two inputs: its loop is then too large for C2 to unroll, which
   * on a loop as short as this one would leave most of it to the slow loops before and after.
   *
   * @param runs runs of a span, 1 or 2
   */
  static void sums(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int runs,
      int[] doubled,
      int first,
      int[] out) {
    int k = first;
    for (int run = 0; run < spans * runs; run++) {
      ShortVector z0 = ShortVector.zero(SHORT);
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at =
          runs == 1
              ? from + (long) run * spanBytes
              : from + (long) (run >> 1) * spanBytes + (run & 1) * 2L * RUN * SHORTS;
      for (int i = 0; i < RUN; i += 2) {
        IntVector v = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        ShortVector q = IntVector.broadcast(INT, doubled[k + i]).reinterpretAsShorts();
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
        IntVector u = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
        ShortVector p = IntVector.broadcast(INT, doubled[k + i + 1]).reinterpretAsShorts();
        z0 = z0.add(u.reinterpretAsShorts().selectFrom(VALUES).mul(p));
        z1 =
            z1.add(
                u.lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(p));
        z2 =
            z2.add(
                u.lanewise(VectorOperators.LSHR, 8)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(p));
        z3 =
            z3.add(
                u.lanewise(VectorOperators.LSHR, 12)
                    .reinterpretAsShorts()
                    .selectFrom(VALUES)
                    .mul(p));
        at += 4L * SHORTS;
      }
      k += RUN;
      int to = run * ROWS;
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
    }
  }

  /** Expands the units of a span to values of 16 bits, from input {@code k} of the panel on. */
  static void expand(MemorySegment tiles, long from, int span, short[] out, int k, int depth) {
    int to0 = ShortPanelKernel.at(0, k, depth);
    int to1 = ShortPanelKernel.at(SHORTS, k, depth);
    int to2 = ShortPanelKernel.at(2 * SHORTS, k, depth);
    int to3 = ShortPanelKernel.at(3 * SHORTS, k, depth);
    for (int i = 0; i < span; i++) {
      IntVector v = IntVector.fromMemorySegment(INT, tiles, from + 2L * i * SHORTS, ORDER);
      int at = i * ShortPanelKernel.STRIP;
      v.reinterpretAsShorts().selectFrom(VALUES).intoArray(out, to0 + at);
      v.lanewise(VectorOperators.LSHR, 4)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, to1 + at);
      v.lanewise(VectorOperators.LSHR, 8)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, to2 + at);
      v.lanewise(VectorOperators.LSHR, 12)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, to3 + at);
    }
  }

  /** Decodes the units of a span, whose scales are in {@code scratch}, to strips of F32 rows. */
  static void decode(Matrix w, long from, int depth, int k, ProductScratch scratch) {
    for (int j = 0; j < 4; j++) {
      group(w, from, j, depth, k, scratch);
    }
  }

  private static void group(Matrix w, long from, int j, int depth, int k, ProductScratch scratch) {
    MemorySegment tiles = w.tiles();
    int row = ScaleKernel.firstRow(j * SHORTS);
    FloatVector lowScale = FloatVector.fromArray(FLOAT, scratch.scale, row);
    FloatVector highScale = FloatVector.fromArray(FLOAT, scratch.scale, row + SHORTS);
    float[] panel = scratch.panel;
    int low = Strips.at(row, k, depth);
    int high = Strips.at(row + SHORTS, k, depth);
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
