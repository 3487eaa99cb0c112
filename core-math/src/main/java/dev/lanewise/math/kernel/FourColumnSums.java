package dev.lanewise.math.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The second half of {@link FourColumnKernel}, for one of its columns: brings the raw sums in the
 * order of the rows, as {@link TwoInputKernel} does, and adds them to y scaled, as {@link
 * ShortPanelKernel} does. Sums of bytes are only brought in order.
 */
final class FourColumnSums {
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final int SHORT_LANES = SHORTS.length();
  private static final int LANES = INTS.length();
  private static final int ROWS = TwoInputKernel.ROWS;
  private static final int BYTE_ROWS = ByteKernel512.ROWS;

  private FourColumnSums() {}

  /**
   * Adds spans of 32 nibbles: {@code y[at + row] = fma(scale, z dx, y)}.
   *
   * @param first where the raw sums of the column begin
   * @param centres see {@link Inputs#centres}
   * @param dx where the scales of the column's blocks begin
   */
  static void addOne(
      short[] raw,
      int first,
      int spans,
      int[] centres,
      float[] scale,
      float[] scales,
      int dx,
      float[] y,
      int at) {
    int step = Opaque.one();
    IntVector highHalf = IntVector.broadcast(INTS, Opaque.highHalf());
    FloatVector y0 = FloatVector.fromArray(FLOATS, y, at);
    FloatVector y1 = FloatVector.fromArray(FLOATS, y, at + LANES);
    FloatVector y2 = FloatVector.fromArray(FLOATS, y, at + 2 * LANES);
    FloatVector y3 = FloatVector.fromArray(FLOATS, y, at + 3 * LANES);
    int from = first;
    int row = 0;
    for (int s = 0; s < spans; s += step) {
      FloatVector d = FloatVector.broadcast(FLOATS, scales[dx + s]);
      ShortVector z0 = ShortVector.fromArray(SHORTS, raw, from);
      ShortVector z1 = ShortVector.fromArray(SHORTS, raw, from + SHORT_LANES);
      ShortVector z2 = ShortVector.fromArray(SHORTS, raw, from + 2 * SHORT_LANES);
      ShortVector z3 = ShortVector.fromArray(SHORTS, raw, from + 3 * SHORT_LANES);
      ShortVector centre = IntVector.broadcast(INTS, centres[dx + s]).reinterpretAsShorts();
      IntVector v =
          z0.blend(z1, TwoInputKernel.UPPER)
              .add(
                  z1.blend(z0, TwoInputKernel.UPPER)
                      .reinterpretAsInts()
                      .rearrange(TwoInputKernel.SWAP)
                      .reinterpretAsShorts())
              .add(centre)
              .reinterpretAsInts();
      IntVector u =
          z2.blend(z3, TwoInputKernel.UPPER)
              .add(
                  z3.blend(z2, TwoInputKernel.UPPER)
                      .reinterpretAsInts()
                      .rearrange(TwoInputKernel.SWAP)
                      .reinterpretAsShorts())
              .add(centre)
              .reinterpretAsInts();
      y0 =
          ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(FloatVector.fromArray(FLOATS, scale, row), y0);
      y1 =
          ((FloatVector) v.and(highHalf).convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(FloatVector.fromArray(FLOATS, scale, row + LANES), y1);
      y2 =
          ((FloatVector) u.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(FloatVector.fromArray(FLOATS, scale, row + 2 * LANES), y2);
      y3 =
          ((FloatVector) u.and(highHalf).convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(FloatVector.fromArray(FLOATS, scale, row + 3 * LANES), y3);
      from += FourColumnKernel.RAW_SHORTS;
      row += ROWS;
    }
    y0.intoArray(y, at);
    y1.intoArray(y, at + LANES);
    y2.intoArray(y, at + 2 * LANES);
    y3.intoArray(y, at + 3 * LANES);
  }

  /** As {@link #addOne}, upon {@code y = fma(minimum, scaledSum, y)}. */
  static void addWithMinima(
      short[] raw,
      int first,
      int spans,
      int[] centres,
      float[] scale,
      float[] minimum,
      float[] scaledSums,
      float[] scales,
      int dx,
      float[] y,
      int at) {
    int step = Opaque.one();
    IntVector highHalf = IntVector.broadcast(INTS, Opaque.highHalf());
    FloatVector y0 = FloatVector.fromArray(FLOATS, y, at);
    FloatVector y1 = FloatVector.fromArray(FLOATS, y, at + LANES);
    FloatVector y2 = FloatVector.fromArray(FLOATS, y, at + 2 * LANES);
    FloatVector y3 = FloatVector.fromArray(FLOATS, y, at + 3 * LANES);
    int from = first;
    int row = 0;
    for (int s = 0; s < spans; s += step) {
      FloatVector d = FloatVector.broadcast(FLOATS, scales[dx + s]);
      FloatVector inputs = FloatVector.broadcast(FLOATS, scaledSums[dx + s]);
      ShortVector z0 = ShortVector.fromArray(SHORTS, raw, from);
      ShortVector z1 = ShortVector.fromArray(SHORTS, raw, from + SHORT_LANES);
      ShortVector z2 = ShortVector.fromArray(SHORTS, raw, from + 2 * SHORT_LANES);
      ShortVector z3 = ShortVector.fromArray(SHORTS, raw, from + 3 * SHORT_LANES);
      ShortVector centre = IntVector.broadcast(INTS, centres[dx + s]).reinterpretAsShorts();
      IntVector v =
          z0.blend(z1, TwoInputKernel.UPPER)
              .add(
                  z1.blend(z0, TwoInputKernel.UPPER)
                      .reinterpretAsInts()
                      .rearrange(TwoInputKernel.SWAP)
                      .reinterpretAsShorts())
              .add(centre)
              .reinterpretAsInts();
      IntVector u =
          z2.blend(z3, TwoInputKernel.UPPER)
              .add(
                  z3.blend(z2, TwoInputKernel.UPPER)
                      .reinterpretAsInts()
                      .rearrange(TwoInputKernel.SWAP)
                      .reinterpretAsShorts())
              .add(centre)
              .reinterpretAsInts();
      y0 =
          ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(
                  FloatVector.fromArray(FLOATS, scale, row),
                  FloatVector.fromArray(FLOATS, minimum, row).fma(inputs, y0));
      y1 =
          ((FloatVector) v.and(highHalf).convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(
                  FloatVector.fromArray(FLOATS, scale, row + LANES),
                  FloatVector.fromArray(FLOATS, minimum, row + LANES).fma(inputs, y1));
      y2 =
          ((FloatVector) u.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(
                  FloatVector.fromArray(FLOATS, scale, row + 2 * LANES),
                  FloatVector.fromArray(FLOATS, minimum, row + 2 * LANES).fma(inputs, y2));
      y3 =
          ((FloatVector) u.and(highHalf).convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(
                  FloatVector.fromArray(FLOATS, scale, row + 3 * LANES),
                  FloatVector.fromArray(FLOATS, minimum, row + 3 * LANES).fma(inputs, y3));
      from += FourColumnKernel.RAW_SHORTS;
      row += ROWS;
    }
    y0.intoArray(y, at);
    y1.intoArray(y, at + LANES);
    y2.intoArray(y, at + 2 * LANES);
    y3.intoArray(y, at + 3 * LANES);
  }

  /**
   * As {@link #addOne}, of sums that take two parts.
   *
   * @param shift 1 if two spans share a block of inputs, else 0
   */
  static void addTwo(
      short[] raw,
      int first,
      int spans,
      int shift,
      float[] scale,
      float[] scales,
      int dx,
      float[] y,
      int at) {
    int step = Opaque.one();
    FloatVector y0 = FloatVector.fromArray(FLOATS, y, at);
    FloatVector y1 = FloatVector.fromArray(FLOATS, y, at + LANES);
    FloatVector y2 = FloatVector.fromArray(FLOATS, y, at + 2 * LANES);
    FloatVector y3 = FloatVector.fromArray(FLOATS, y, at + 3 * LANES);
    int from = first;
    int row = 0;
    for (int s = 0; s < spans; s += step) {
      FloatVector d = FloatVector.broadcast(FLOATS, scales[dx + (s >> shift)]);
      ShortVector z0 = ShortVector.fromArray(SHORTS, raw, from);
      ShortVector z1 = ShortVector.fromArray(SHORTS, raw, from + SHORT_LANES);
      ShortVector z2 = ShortVector.fromArray(SHORTS, raw, from + 2 * SHORT_LANES);
      ShortVector z3 = ShortVector.fromArray(SHORTS, raw, from + 3 * SHORT_LANES);
      IntVector v0 = z0.blend(z1, TwoInputKernel.UPPER).reinterpretAsInts();
      IntVector v1 =
          z1.blend(z0, TwoInputKernel.UPPER).reinterpretAsInts().rearrange(TwoInputKernel.SWAP);
      IntVector u0 = z2.blend(z3, TwoInputKernel.UPPER).reinterpretAsInts();
      IntVector u1 =
          z3.blend(z2, TwoInputKernel.UPPER).reinterpretAsInts().rearrange(TwoInputKernel.SWAP);
      IntVector sum0 =
          v0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .add(v1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      IntVector sum1 =
          v0.lanewise(VectorOperators.ASHR, 16).add(v1.lanewise(VectorOperators.ASHR, 16));
      IntVector sum2 =
          u0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .add(u1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      IntVector sum3 =
          u0.lanewise(VectorOperators.ASHR, 16).add(u1.lanewise(VectorOperators.ASHR, 16));
      y0 =
          ((FloatVector) sum0.convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(FloatVector.fromArray(FLOATS, scale, row), y0);
      y1 =
          ((FloatVector) sum1.convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(FloatVector.fromArray(FLOATS, scale, row + LANES), y1);
      y2 =
          ((FloatVector) sum2.convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(FloatVector.fromArray(FLOATS, scale, row + 2 * LANES), y2);
      y3 =
          ((FloatVector) sum3.convert(VectorOperators.I2F, 0))
              .mul(d)
              .fma(FloatVector.fromArray(FLOATS, scale, row + 3 * LANES), y3);
      from += FourColumnKernel.RAW_SHORTS;
      row += ROWS;
    }
    y0.intoArray(y, at);
    y1.intoArray(y, at + LANES);
    y2.intoArray(y, at + 2 * LANES);
    y3.intoArray(y, at + 3 * LANES);
  }

  /**
   * Sums of bytes, as {@link ByteKernel512#sums} makes them.
   *
   * @param span inputs of a span, half as many as have added 2^15
   */
  static void bytes(int[] raw, int first, int spans, int span, int[] sums) {
    int step = Opaque.one();
    int from = first;
    IntVector offset = IntVector.broadcast(INTS, span / 2 * 0x8000);
    for (int s = 0; s < spans; s += step) {
      IntVector high = IntVector.fromArray(INTS, raw, from + LANES);
      IntVector low =
          IntVector.fromArray(INTS, raw, from)
              .sub(offset)
              .sub(high.lanewise(VectorOperators.LSHL, 16));
      low.rearrange(ByteKernel512.EVEN_ODD)
          .blend(high.rearrange(ByteKernel512.ODD_EVEN), ByteKernel512.UPPER)
          .intoArray(sums, s * BYTE_ROWS);
      low.rearrange(ByteKernel512.ODD_EVEN)
          .blend(high.rearrange(ByteKernel512.EVEN_ODD), ByteKernel512.UPPER)
          .intoArray(sums, s * BYTE_ROWS + LANES);
      from += FourColumnKernel.RAW_INTS;
    }
  }
}
