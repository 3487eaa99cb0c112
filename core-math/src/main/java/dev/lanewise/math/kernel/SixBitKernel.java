package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Units of nibbles with a vector of two more bits for each two inputs: Q6_K.
 *
 * <p>Sums are modulo 2^16 and start at -32 sum(x), so that after 8 inputs they are the sum of (code
 * - 32) x, at most 8 * 32 * 127 = 32512 in magnitude; a span of 16 has two of them.
 */
final class SixBitKernel {
  private static final int CENTRE = 32;
  private static final int SPAN = 16;
  private static final int RUN = Inputs.RUN;
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int ROWS = 4 * SHORTS;
  private static final int PAIR_BYTES = 6 * SHORTS;

  private SixBitKernel() {}

  /**
   * The exact sums of runs of 8 inputs, two a span, in spans whose units begin at {@code from},
   * {@code spanBytes} apart. One input a step: two are more operations than C2 inlines into one
   * method, and it then boxes vectors.
   */
  static void sums(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      int[] runSums,
      int firstRun,
      int[] out) {
    int step = Opaque.one();
    IntVector nibbles = IntVector.broadcast(INT, Opaque.nibbles());
    IntVector upperBits = IntVector.broadcast(INT, Opaque.upperBits());
    int k = first;
    for (int run = 0; run < 2 * spans; run++) {
      ShortVector z0 = ShortVector.broadcast(SHORT, (short) (-CENTRE * runSums[firstRun + run]));
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) (run >> 1) * spanBytes + (long) (run & 1) * (RUN / 2) * PAIR_BYTES;
      for (int i = 0; i < RUN; i += step) {
        int odd = i & 1;
        long pair = at + (long) (i >> 1) * PAIR_BYTES;
        IntVector v = IntVector.fromMemorySegment(INT, tiles, pair + 2L * odd * SHORTS, ORDER);
        IntVector upper =
            IntVector.fromMemorySegment(INT, tiles, pair + 4L * SHORTS, ORDER)
                .lanewise(VectorOperators.LSHR, 8 * odd);
        ShortVector q = IntVector.broadcast(INT, doubled[k + i]).reinterpretAsShorts();
        z0 =
            z0.add(
                v.and(nibbles)
                    .or(upper.lanewise(VectorOperators.LSHL, 4).and(upperBits))
                    .reinterpretAsShorts()
                    .mul(q));
        z1 =
            z1.add(
                v.lanewise(VectorOperators.LSHR, 4)
                    .and(nibbles)
                    .or(upper.lanewise(VectorOperators.LSHL, 2).and(upperBits))
                    .reinterpretAsShorts()
                    .mul(q));
        z2 =
            z2.add(
                v.lanewise(VectorOperators.LSHR, 8)
                    .and(nibbles)
                    .or(upper.and(upperBits))
                    .reinterpretAsShorts()
                    .mul(q));
        z3 =
            z3.add(
                v.lanewise(VectorOperators.LSHR, 12)
                    .and(nibbles)
                    .or(upper.lanewise(VectorOperators.LSHR, 2).and(upperBits))
                    .reinterpretAsShorts()
                    .mul(q));
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

  /** Decodes the units of a span, whose scales are in {@code scratch}, to strips of F32 rows. */
  static void decode(Matrix w, long from, int depth, int k, ProductScratch scratch) {
    for (int j = 0; j < 4; j++) {
      int row = ScaleKernel.firstRow(j * SHORTS);
      half(w, from, j, 0, row, depth, k, scratch);
      half(w, from, j, 16, row + SHORTS, depth, k, scratch);
    }
  }

  /** The even (half 0) or odd (half 16) slots of code {@code j}. */
  private static void half(
      Matrix w, long from, int j, int half, int row, int depth, int k, ProductScratch scratch) {
    MemorySegment tiles = w.tiles();
    FloatVector scale = FloatVector.fromArray(FLOAT, scratch.scale, row);
    float[] panel = scratch.panel;
    int to = Strips.at(row, k, depth);
    for (int i = 0; i < SPAN; i++) {
      long pair = from + (long) (i / 2) * PAIR_BYTES;
      IntVector v =
          IntVector.fromMemorySegment(INT, tiles, pair + 2L * (i % 2) * SHORTS, ORDER)
              .lanewise(VectorOperators.LSHR, half + 4 * j)
              .and(0xf);
      IntVector upper =
          IntVector.fromMemorySegment(INT, tiles, pair + 4L * SHORTS, ORDER)
              .lanewise(VectorOperators.LSHR, half + 8 * (i % 2) + 2 * j)
              .and(3)
              .lanewise(VectorOperators.LSHL, 4);
      ((FloatVector) v.or(upper).sub(CENTRE).convert(VectorOperators.I2F, 0))
          .mul(scale)
          .intoArray(panel, to);
      to += Strips.ROWS;
    }
  }
}
