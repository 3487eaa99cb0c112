package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Units of bytes: Q8_0, IQ4_NL and the formats of five bits.
 *
 * <p>Two inputs at a time: u0 x0 + u1 x1 - 128 (x0 + x1) modulo 2^16, with u = value + 128, is the
 * product of the values, at most 2 * 128 * 127 = 32512 in magnitude. The bias carries 2^15 more in
 * the lower half of each 32-bit lane, so that the lower half is not negative and the lanes can be
 * added up whole: sum(z) = 2^16 sum(high) + sum(low + 2^15), where sum(high) is added up beside it.
 * Over the 16 pairs of a block neither overflows 32 bits in a way that the final subtraction does
 * not undo.
 */
final class ByteKernel {
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int ROWS = 2 * SHORTS;

  /** What is taken off the codes of formats of five bits, which alone have minima here. */
  static final int CENTRE = 16;

  private ByteKernel() {}

  /** The exact sums of spans whose units begin at {@code from}, {@code spanBytes} apart. */
  static void sums(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int span,
      int[] doubled,
      int[] byteBias,
      int first,
      int[] out) {
    int step = Opaque.pair();
    IntVector lowBytes = IntVector.broadcast(INT, Opaque.lowBytes());
    for (int s = 0; s < spans; s++) {
      // What the 2^15 of the pairs add up to.
      IntVector even = IntVector.broadcast(INT, -(span / 2 * 0x8000));
      IntVector odd = even;
      IntVector evenHigh = IntVector.zero(INT);
      IntVector oddHigh = evenHigh;
      long at = from + (long) s * spanBytes;
      for (int k = first + s * span; k < first + s * span + span; k += step) {
        IntVector v0 = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        IntVector v1 = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
        ShortVector q0 = IntVector.broadcast(INT, doubled[k]).reinterpretAsShorts();
        ShortVector q1 = IntVector.broadcast(INT, doubled[k + 1]).reinterpretAsShorts();
        ShortVector bias = IntVector.broadcast(INT, byteBias[k]).reinterpretAsShorts();
        IntVector z0 =
            v0.and(lowBytes)
                .reinterpretAsShorts()
                .mul(q0)
                .add(v1.and(lowBytes).reinterpretAsShorts().mul(q1))
                .add(bias)
                .reinterpretAsInts();
        IntVector z1 =
            v0.lanewise(VectorOperators.LSHR, 8)
                .and(lowBytes)
                .reinterpretAsShorts()
                .mul(q0)
                .add(
                    v1.lanewise(VectorOperators.LSHR, 8)
                        .and(lowBytes)
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
      int to = s * ROWS;
      even.sub(evenHigh.lanewise(VectorOperators.LSHL, 16)).intoArray(out, to);
      odd.sub(oddHigh.lanewise(VectorOperators.LSHL, 16)).intoArray(out, to + FLOATS);
      evenHigh.intoArray(out, to + 2 * FLOATS);
      oddHigh.intoArray(out, to + 3 * FLOATS);
    }
  }

  /** Decodes the units of a span, whose scales are in {@code scratch}, to strips of F32 rows. */
  static void decode(Matrix w, long from, int depth, int k, ProductScratch scratch) {
    for (int j = 0; j < 2; j++) {
      int row = ScaleKernel.firstRow(j * SHORTS);
      half(w, from, 8 * j, row, depth, k, scratch);
      half(w, from, 8 * j + 16, row + SHORTS, depth, k, scratch);
    }
  }

  private static void half(
      Matrix w, long from, int shift, int row, int depth, int k, ProductScratch scratch) {
    MemorySegment tiles = w.tiles();
    FloatVector scale = FloatVector.fromArray(FLOAT, scratch.scale, row);
    FloatVector minimum =
        w.layout().scales().minima()
            ? FloatVector.fromArray(FLOAT, scratch.minimum, row)
            : FloatVector.zero(FLOAT);
    float[] panel = scratch.panel;
    int span = w.layout().scales().span();
    int to = Strips.at(row, k, depth);
    for (int i = 0; i < span; i++) {
      IntVector v =
          IntVector.fromMemorySegment(INT, tiles, from + 2L * i * SHORTS, ORDER)
              .lanewise(VectorOperators.LSHR, shift)
              .and(0xff)
              .sub(128);
      ((FloatVector) v.convert(VectorOperators.I2F, 0)).fma(scale, minimum).intoArray(panel, to);
      to += Strips.ROWS;
    }
  }
}
