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
 * Units of six bits, see {@link dev.lanewise.math.matrix.Units#SIX_BITS}: Q6_K.
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
   * {@code spanBytes} apart; to {@code out} {@code [run][slot]}.
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
      short[] out) {
    int step = Opaque.pair();
    IntVector codes = IntVector.broadcast(INT, Opaque.sixBits());
    IntVector nibbles = IntVector.broadcast(INT, Opaque.nibbles());
    IntVector upperBits = IntVector.broadcast(INT, Opaque.upperBits());
    int k = first;
    for (int run = 0; run < 2 * spans; run++) {
      ShortVector z0 = ShortVector.broadcast(SHORT, (short) (-CENTRE * runSums[firstRun + run]));
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) (run >> 1) * spanBytes + (long) (run & 1) * (RUN / 2) * PAIR_BYTES;
      for (int end = k + RUN; k < end; k += step) {
        IntVector both = IntVector.fromMemorySegment(INT, tiles, at + 4L * SHORTS, ORDER);
        IntVector v = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        ShortVector q = IntVector.broadcast(INT, doubled[k]).reinterpretAsShorts();
        z0 = z0.add(v.and(codes).reinterpretAsShorts().mul(q));
        z1 = z1.add(v.lanewise(VectorOperators.LSHR, 6).and(codes).reinterpretAsShorts().mul(q));
        z2 = z2.add(both.and(codes).reinterpretAsShorts().mul(q));
        z3 =
            z3.add(
                v.lanewise(VectorOperators.LSHR, 12)
                    .and(nibbles)
                    .or(both.lanewise(VectorOperators.LSHR, 8).and(upperBits))
                    .reinterpretAsShorts()
                    .mul(q));
        IntVector u = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
        ShortVector p = IntVector.broadcast(INT, doubled[k + 1]).reinterpretAsShorts();
        z0 = z0.add(u.and(codes).reinterpretAsShorts().mul(p));
        z1 = z1.add(u.lanewise(VectorOperators.LSHR, 6).and(codes).reinterpretAsShorts().mul(p));
        z2 = z2.add(both.lanewise(VectorOperators.LSHR, 6).and(codes).reinterpretAsShorts().mul(p));
        z3 =
            z3.add(
                u.lanewise(VectorOperators.LSHR, 12)
                    .and(nibbles)
                    .or(both.lanewise(VectorOperators.LSHR, 10).and(upperBits))
                    .reinterpretAsShorts()
                    .mul(p));
        at += PAIR_BYTES;
      }
      int to = run * ROWS;
      z0.intoArray(out, to);
      z1.intoArray(out, to + SHORTS);
      z2.intoArray(out, to + 2 * SHORTS);
      z3.intoArray(out, to + 3 * SHORTS);
    }
  }

  /**
   * Scales the sums of some spans, two of 16 inputs a block, and adds them to those of a tile's
   * rows: what {@link SpanKernel} does for the others.
   */
  static void add(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int rows,
      float[] scales,
      int block,
      float[] headScale,
      short[] z,
      float[] sums) {
    int step = Opaque.one();
    for (int r = 0; r < rows; r += 2 * FLOATS) {
      // Byte c of the lanes is rows from c FLOATS on; two of the four bytes at a time, which are
      // the lower or the upper halves of two vectors of slots.
      int within = r % (4 * FLOATS);
      int shift = 24 - 8 * (within / FLOATS);
      int lower = within == 0 ? 16 : 0;
      int i = r - within;
      FloatVector head0 = FloatVector.fromArray(FLOAT, headScale, r);
      FloatVector head1 = FloatVector.fromArray(FLOAT, headScale, r + FLOATS);
      FloatVector sum0 = FloatVector.fromArray(FLOAT, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOAT, sums, r + FLOATS);
      long at = from + r - within;
      for (int s = 0; s < spans; s += step) {
        FloatVector dx = FloatVector.broadcast(FLOAT, scales[block + (s >> 1)]);
        IntVector four = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        sum0 =
            ((FloatVector)
                    ShortVector.fromArray(SHORT, z, i)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHL, lower)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(
                            ShortVector.fromArray(SHORT, z, i + rows)
                                .reinterpretAsInts()
                                .lanewise(VectorOperators.LSHL, lower)
                                .lanewise(VectorOperators.ASHR, 16))
                        .convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    ((FloatVector)
                            four.lanewise(VectorOperators.LSHL, shift)
                                .lanewise(VectorOperators.ASHR, 24)
                                .convert(VectorOperators.I2F, 0))
                        .mul(head0),
                    sum0);
        sum1 =
            ((FloatVector)
                    ShortVector.fromArray(SHORT, z, i + SHORTS)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHL, lower)
                        .lanewise(VectorOperators.ASHR, 16)
                        .add(
                            ShortVector.fromArray(SHORT, z, i + rows + SHORTS)
                                .reinterpretAsInts()
                                .lanewise(VectorOperators.LSHL, lower)
                                .lanewise(VectorOperators.ASHR, 16))
                        .convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    ((FloatVector)
                            four.lanewise(VectorOperators.LSHL, shift - 8)
                                .lanewise(VectorOperators.ASHR, 24)
                                .convert(VectorOperators.I2F, 0))
                        .mul(head1),
                    sum1);
        at += spanBytes;
        i += 2 * rows;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + FLOATS);
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
      int odd = i % 2;
      long pair = from + (long) (i / 2) * PAIR_BYTES;
      IntVector own = IntVector.fromMemorySegment(INT, tiles, pair + 2L * odd * SHORTS, ORDER);
      IntVector both = IntVector.fromMemorySegment(INT, tiles, pair + 4L * SHORTS, ORDER);
      IntVector code =
          switch (j) {
            case 0, 1 -> own.lanewise(VectorOperators.LSHR, half + 6 * j).and(0x3f);
            case 2 -> both.lanewise(VectorOperators.LSHR, half + 6 * odd).and(0x3f);
            default ->
                own.lanewise(VectorOperators.LSHR, half + 12)
                    .and(0xf)
                    .or(
                        both.lanewise(VectorOperators.LSHR, half + 12 + 2 * odd)
                            .and(3)
                            .lanewise(VectorOperators.LSHL, 4));
          };
      ((FloatVector) code.sub(CENTRE).convert(VectorOperators.I2F, 0))
          .mul(scale)
          .intoArray(panel, to);
      to += Strips.ROWS;
    }
  }
}
