package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.ORDER;

import dev.lanewise.math.matrix.Inputs;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The exact sums of {@link ByteKernel} on AVX-512: the 32 bytes of an input are widened to 32
 * 16-bit lanes by one instruction. The lower half of a 32-bit lane then is byte 0 of a 16-bit lane
 * of the tile, the upper half byte 1.
 */
final class ByteKernel512 {
  /** Rows of a tile. */
  static final int ROWS = 32;

  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final int SPAN = 32;
  private static final int UNIT_BYTES = BYTES.length();

  /** The even lanes, then the odd ones. */
  static final VectorShuffle<Integer> EVEN_ODD =
      VectorShuffle.fromOp(INTS, lane -> 2 * (lane % 8) + lane / 8);

  /** The odd lanes, then the even ones. */
  static final VectorShuffle<Integer> ODD_EVEN =
      VectorShuffle.fromOp(INTS, lane -> 2 * (lane % 8) + 1 - lane / 8);

  static final VectorMask<Integer> UPPER = VectorMask.fromLong(INTS, 0xff00L);

  private ByteKernel512() {}

  /** As {@link ByteKernel#sums}. */
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
    int step = Opaque.four();
    for (int s = 0; s < spans; s++) {
      IntVector even = IntVector.broadcast(INTS, -(span / 2 * 0x8000));
      IntVector high = IntVector.zero(INTS);
      long at = from + (long) s * spanBytes;
      for (int k = first + s * span; k < first + s * span + span; k += step) {
        ShortVector v0 =
            (ShortVector)
                ByteVector.fromMemorySegment(BYTES, tiles, at, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        ShortVector v1 =
            (ShortVector)
                ByteVector.fromMemorySegment(BYTES, tiles, at + UNIT_BYTES, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        IntVector z0 =
            v0.mul(IntVector.broadcast(INTS, doubled[k]).reinterpretAsShorts())
                .add(v1.mul(IntVector.broadcast(INTS, doubled[k + 1]).reinterpretAsShorts()))
                .add(IntVector.broadcast(INTS, byteBias[k]).reinterpretAsShorts())
                .reinterpretAsInts();
        ShortVector v2 =
            (ShortVector)
                ByteVector.fromMemorySegment(BYTES, tiles, at + 2L * UNIT_BYTES, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        ShortVector v3 =
            (ShortVector)
                ByteVector.fromMemorySegment(BYTES, tiles, at + 3L * UNIT_BYTES, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        IntVector z1 =
            v2.mul(IntVector.broadcast(INTS, doubled[k + 2]).reinterpretAsShorts())
                .add(v3.mul(IntVector.broadcast(INTS, doubled[k + 3]).reinterpretAsShorts()))
                .add(IntVector.broadcast(INTS, byteBias[k + 2]).reinterpretAsShorts())
                .reinterpretAsInts();
        even = even.add(z0.add(z1));
        high =
            high.add(
                z0.lanewise(VectorOperators.ASHR, 16).add(z1.lanewise(VectorOperators.ASHR, 16)));
        at += 4L * UNIT_BYTES;
      }
      IntVector low = even.sub(high.lanewise(VectorOperators.LSHL, 16));
      low.rearrange(EVEN_ODD).blend(high.rearrange(ODD_EVEN), UPPER).intoArray(out, s * ROWS);
      low.rearrange(ODD_EVEN)
          .blend(high.rearrange(EVEN_ODD), UPPER)
          .intoArray(out, s * ROWS + INTS.length());
    }
  }

  /**
   * Adds the products of spans of 32 inputs from {@code firstK} on, each with F16 scales behind its
   * units, to the sums of a tile's rows. There are few enough operations to scale the exact sums
   * where they are: a fifth faster than to leave that to {@link SpanKernel}.
   */
  static void addHalves(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      Inputs x,
      int column,
      int firstK,
      float[] sums) {
    int[] doubled = x.doubled();
    int[] byteBias = x.byteBias();
    float[] scales = x.scales();
    int block = column * x.blockStride() + firstK / Inputs.BLOCK;
    int step = Opaque.four();
    int one = Opaque.one();
    IntVector halfBits = IntVector.broadcast(INTS, Opaque.halfBits());
    FloatVector factor = FloatVector.broadcast(FLOATS, ShortSpanKernel.HALF_FACTOR);
    FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, 0);
    FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, FLOATS.length());
    long at = from;
    int k0 = column * x.stride() + firstK;
    for (int s = 0; s < spans; s += one) {
      IntVector even = IntVector.broadcast(INTS, -(SPAN / 2 * 0x8000));
      IntVector high = IntVector.zero(INTS);
      for (int k = k0; k < k0 + SPAN; k += step) {
        ShortVector v0 =
            (ShortVector)
                ByteVector.fromMemorySegment(BYTES, tiles, at, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        ShortVector v1 =
            (ShortVector)
                ByteVector.fromMemorySegment(BYTES, tiles, at + UNIT_BYTES, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        IntVector z0 =
            v0.mul(IntVector.broadcast(INTS, doubled[k]).reinterpretAsShorts())
                .add(v1.mul(IntVector.broadcast(INTS, doubled[k + 1]).reinterpretAsShorts()))
                .add(IntVector.broadcast(INTS, byteBias[k]).reinterpretAsShorts())
                .reinterpretAsInts();
        ShortVector v2 =
            (ShortVector)
                ByteVector.fromMemorySegment(BYTES, tiles, at + 2L * UNIT_BYTES, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        ShortVector v3 =
            (ShortVector)
                ByteVector.fromMemorySegment(BYTES, tiles, at + 3L * UNIT_BYTES, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
        IntVector z1 =
            v2.mul(IntVector.broadcast(INTS, doubled[k + 2]).reinterpretAsShorts())
                .add(v3.mul(IntVector.broadcast(INTS, doubled[k + 3]).reinterpretAsShorts()))
                .add(IntVector.broadcast(INTS, byteBias[k + 2]).reinterpretAsShorts())
                .reinterpretAsInts();
        even = even.add(z0.add(z1));
        high =
            high.add(
                z0.lanewise(VectorOperators.ASHR, 16).add(z1.lanewise(VectorOperators.ASHR, 16)));
        at += 4L * UNIT_BYTES;
      }
      FloatVector dx = FloatVector.broadcast(FLOATS, scales[block + s]);
      IntVector low = even.sub(high.lanewise(VectorOperators.LSHL, 16));
      IntVector d = IntVector.fromMemorySegment(INTS, tiles, at, ORDER);
      sum0 =
          ((FloatVector)
                  low.rearrange(EVEN_ODD)
                      .blend(high.rearrange(ODD_EVEN), UPPER)
                      .convert(VectorOperators.I2F, 0))
              .mul(dx)
              .fma(
                  d.lanewise(VectorOperators.LSHL, 16)
                      .lanewise(VectorOperators.ASHR, 3)
                      .and(halfBits)
                      .reinterpretAsFloats()
                      .mul(factor),
                  sum0);
      sum1 =
          ((FloatVector)
                  low.rearrange(ODD_EVEN)
                      .blend(high.rearrange(EVEN_ODD), UPPER)
                      .convert(VectorOperators.I2F, 0))
              .mul(dx)
              .fma(
                  d.lanewise(VectorOperators.ASHR, 3)
                      .and(halfBits)
                      .reinterpretAsFloats()
                      .mul(factor),
                  sum1);
      k0 += SPAN;
      at += spanBytes - SPAN * UNIT_BYTES;
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, FLOATS.length());
  }
}
