package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.format.TableBlocks;
import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Two E2M1 codes a byte: MXFP4 and NVFP4 on AVX2. The table is looked up in 128 bits, where C2
 * emits one vpshufb and clears the upper half of the index itself; then bytes are widened, which is
 * the slowest step (1.3 cycles each on Zen 3). 16 products are at most 16 * 12 * 127 = 24384.
 */
final class E2m1ByteKernel {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  private static final VectorSpecies<Integer> BYTE_INTS =
      VectorSpecies.of(int.class, BYTES.vectorShape());
  private static final int RUN = 16;
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int ROWS = 2 * SHORTS;
  private static final ByteVector VALUES = values();

  private E2m1ByteKernel() {}

  private static ByteVector values() {
    byte[] values = new byte[16];
    for (int code = 0; code < 16; code++) {
      values[code] = (byte) TableBlocks.doubledE2m1(code);
    }
    return ByteVector.fromArray(BYTES, values, 0);
  }

  /**
   * The exact sums of pairs of runs of 16 inputs; a pair together, whose loop is too large for C2
   * to unroll.
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
    int step = Opaque.one();
    for (int pair = 0; pair < pairs; pair++) {
      ShortVector z0 = ShortVector.zero(SHORT);
      ShortVector z1 = z0;
      ShortVector y0 = z0;
      ShortVector y1 = z0;
      long at = from + (long) pair * pairBytes;
      int k = first + pair * 2 * RUN;
      for (int i = 0; i < RUN; i += step) {
        IntVector v = IntVector.fromMemorySegment(BYTE_INTS, tiles, at, ORDER);
        IntVector u = IntVector.fromMemorySegment(BYTE_INTS, tiles, at + secondBytes, ORDER);
        ShortVector q = IntVector.broadcast(INT, doubled[k + i]).reinterpretAsShorts();
        ShortVector p = IntVector.broadcast(INT, doubled[k + i + RUN]).reinterpretAsShorts();
        z0 =
            z0.add(
                v.reinterpretAsBytes()
                    .selectFrom(VALUES)
                    .convertShape(VectorOperators.B2S, SHORT, 0)
                    .reinterpretAsShorts()
                    .mul(q));
        z1 =
            z1.add(
                v.lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsBytes()
                    .selectFrom(VALUES)
                    .convertShape(VectorOperators.B2S, SHORT, 0)
                    .reinterpretAsShorts()
                    .mul(q));
        y0 =
            y0.add(
                u.reinterpretAsBytes()
                    .selectFrom(VALUES)
                    .convertShape(VectorOperators.B2S, SHORT, 0)
                    .reinterpretAsShorts()
                    .mul(p));
        y1 =
            y1.add(
                u.lanewise(VectorOperators.LSHR, 4)
                    .reinterpretAsBytes()
                    .selectFrom(VALUES)
                    .convertShape(VectorOperators.B2S, SHORT, 0)
                    .reinterpretAsShorts()
                    .mul(p));
        at += SHORTS;
      }
      int to = 2 * pair * ROWS;
      IntVector i0 = z0.reinterpretAsInts();
      IntVector i1 = z1.reinterpretAsInts();
      i0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).intoArray(out, to);
      i1.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .intoArray(out, to + FLOATS);
      i0.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 2 * FLOATS);
      i1.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 3 * FLOATS);
      to += ROWS;
      i0 = y0.reinterpretAsInts();
      i1 = y1.reinterpretAsInts();
      i0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).intoArray(out, to);
      i1.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .intoArray(out, to + FLOATS);
      i0.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 2 * FLOATS);
      i1.lanewise(VectorOperators.ASHR, 16).intoArray(out, to + 3 * FLOATS);
    }
  }

  /** Expands the units of a span to values of 16 bits, from input {@code k} of the panel on. */
  static void expand(MemorySegment tiles, long from, int span, short[] out, int k, int depth) {
    int to0 = ShortPanelKernel.at(0, k, depth);
    int to1 = ShortPanelKernel.at(SHORTS, k, depth);
    for (int i = 0; i < span; i++) {
      IntVector v = IntVector.fromMemorySegment(BYTE_INTS, tiles, from + (long) i * SHORTS, ORDER);
      int at = i * ShortPanelKernel.STRIP;
      v.reinterpretAsBytes()
          .selectFrom(VALUES)
          .convertShape(VectorOperators.B2S, SHORT, 0)
          .reinterpretAsShorts()
          .intoArray(out, to0 + at);
      v.lanewise(VectorOperators.LSHR, 4)
          .reinterpretAsBytes()
          .selectFrom(VALUES)
          .convertShape(VectorOperators.B2S, SHORT, 0)
          .reinterpretAsShorts()
          .intoArray(out, to1 + at);
    }
  }

  /** Decodes the units of a span, whose scales are in {@code scratch}, to strips of F32 rows. */
  static void decode(Matrix w, long from, int depth, int k, ProductScratch scratch) {
    int span = w.layout().scales().span();
    for (int j = 0; j < 2; j++) {
      int row = ScaleKernel.firstRow(j * SHORTS);
      half(w, from, j, 0, row, Strips.at(row, k, depth), span, scratch);
      half(w, from, j, 16, row + SHORTS, Strips.at(row + SHORTS, k, depth), span, scratch);
    }
  }

  /** The even (shift 0) or odd (shift 16) slots of nibble {@code j}. */
  private static void half(
      Matrix w, long from, int j, int shift, int row, int at, int span, ProductScratch scratch) {
    MemorySegment tiles = w.tiles();
    FloatVector scale = FloatVector.fromArray(FLOAT, scratch.scale, row);
    float[] panel = scratch.panel;
    int to = at;
    for (int i = 0; i < span; i++) {
      IntVector v =
          ((ShortVector)
                  IntVector.fromMemorySegment(BYTE_INTS, tiles, from + (long) i * SHORTS, ORDER)
                      .lanewise(VectorOperators.LSHR, 4 * j)
                      .reinterpretAsBytes()
                      .selectFrom(VALUES)
                      .convertShape(VectorOperators.B2S, SHORT, 0))
              .reinterpretAsInts();
      ((FloatVector)
              v.lanewise(VectorOperators.LSHL, 16 - shift)
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0))
          .mul(scale)
          .intoArray(panel, to);
      to += Strips.ROWS;
    }
  }
}
