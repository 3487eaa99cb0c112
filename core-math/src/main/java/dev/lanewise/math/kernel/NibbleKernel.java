package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Units of nibbles: Q4_0, Q4_1 and Q4_K.
 *
 * <p>All sums are modulo 2^16 and start at -8 sum(x), so that they end at the sum of (code - 8) x
 * over a span of 32, which is at most 32 * 8 * 127 = 32512 in magnitude and fits 16 bits. The
 * shifts are on 32-bit lanes, where C2 uses immediates; the mask clears what crosses the 16-bit
 * lanes.
 */
final class NibbleKernel {
  private static final int SPAN = 32;
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int ROWS = 4 * SHORTS;
  private static final int NIBBLES = 0x000f000f;

  private NibbleKernel() {}

  /** The exact sums of spans whose units begin at {@code from}, {@code spanBytes} apart. */
  static void sums(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      int[] centres,
      int firstBlock,
      int[] out) {
    int step = Opaque.pair();
    IntVector nibbles = IntVector.broadcast(INT, Opaque.nibbles());
    for (int s = 0; s < spans; s++) {
      ShortVector z0 = IntVector.broadcast(INT, centres[firstBlock + s]).reinterpretAsShorts();
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) s * spanBytes;
      for (int k = first + s * SPAN; k < first + s * SPAN + SPAN; k += step) {
        IntVector v = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        ShortVector q = IntVector.broadcast(INT, doubled[k]).reinterpretAsShorts();
        z0 = z0.add(v.and(nibbles).reinterpretAsShorts().mul(q));
        z1 = z1.add(v.lanewise(VectorOperators.LSHR, 4).and(nibbles).reinterpretAsShorts().mul(q));
        z2 = z2.add(v.lanewise(VectorOperators.LSHR, 8).and(nibbles).reinterpretAsShorts().mul(q));
        z3 = z3.add(v.lanewise(VectorOperators.LSHR, 12).and(nibbles).reinterpretAsShorts().mul(q));
        IntVector u = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
        ShortVector p = IntVector.broadcast(INT, doubled[k + 1]).reinterpretAsShorts();
        z0 = z0.add(u.and(nibbles).reinterpretAsShorts().mul(p));
        z1 = z1.add(u.lanewise(VectorOperators.LSHR, 4).and(nibbles).reinterpretAsShorts().mul(p));
        z2 = z2.add(u.lanewise(VectorOperators.LSHR, 8).and(nibbles).reinterpretAsShorts().mul(p));
        z3 = z3.add(u.lanewise(VectorOperators.LSHR, 12).and(nibbles).reinterpretAsShorts().mul(p));
        at += 4L * SHORTS;
      }
      int to = s * ROWS;
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
  static void expand(MemorySegment tiles, long from, short[] out, int k, int depth) {
    int to0 = ShortPanelKernel.at(0, k, depth);
    int to1 = ShortPanelKernel.at(SHORTS, k, depth);
    int to2 = ShortPanelKernel.at(2 * SHORTS, k, depth);
    int to3 = ShortPanelKernel.at(3 * SHORTS, k, depth);
    for (int i = 0; i < SPAN; i++) {
      IntVector v = IntVector.fromMemorySegment(INT, tiles, from + 2L * i * SHORTS, ORDER);
      int at = i * ShortPanelKernel.STRIP;
      v.and(NIBBLES)
          .reinterpretAsShorts()
          .sub((short) Units.NIBBLE_CENTRE)
          .intoArray(out, to0 + at);
      v.lanewise(VectorOperators.LSHR, 4)
          .and(NIBBLES)
          .reinterpretAsShorts()
          .sub((short) Units.NIBBLE_CENTRE)
          .intoArray(out, to1 + at);
      v.lanewise(VectorOperators.LSHR, 8)
          .and(NIBBLES)
          .reinterpretAsShorts()
          .sub((short) Units.NIBBLE_CENTRE)
          .intoArray(out, to2 + at);
      v.lanewise(VectorOperators.LSHR, 12)
          .and(NIBBLES)
          .reinterpretAsShorts()
          .sub((short) Units.NIBBLE_CENTRE)
          .intoArray(out, to3 + at);
    }
  }

  /**
   * Decodes the units of a span, whose scales are in {@code scratch}, to strips of F32 rows.
   *
   * @param k the first input within the panel
   */
  static void decode(Matrix w, long from, int depth, int k, ProductScratch scratch) {
    for (int j = 0; j < 4; j++) {
      int row = ScaleKernel.firstRow(j * SHORTS);
      half(w, from, 4 * j, row, depth, k, scratch);
      half(w, from, 4 * j + 16, row + SHORTS, depth, k, scratch);
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
    long at = from;
    int to = Strips.at(row, k, depth);
    for (int i = 0; i < SPAN; i++) {
      IntVector v =
          IntVector.fromMemorySegment(INT, tiles, at, ORDER)
              .lanewise(VectorOperators.LSHR, shift)
              .and(0xf)
              .sub(Units.NIBBLE_CENTRE);
      ((FloatVector) v.convert(VectorOperators.I2F, 0)).fma(scale, minimum).intoArray(panel, to);
      at += 2L * SHORTS;
      to += Strips.ROWS;
    }
  }
}
