package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Four columns together on AVX-512: what {@link TwoInputKernel} and {@link ByteKernel512} do for
 * one, with the weights unfolded once for all four. 16 sums, 4 weights and an input take 21 of the
 * 32 registers. The sums stay as they are in the registers, for {@link FourColumnSums} to bring in
 * order: both in one method are more than C2 inlines.
 */
final class FourColumnKernel {
  /** Shorts of the raw sums of a span, {@code [column][code][lane]}. */
  static final int RAW_SHORTS = 4 * 4 * 32;

  /** Ints of the raw sums of a span of bytes, {@code [column][low or high half][lane]}. */
  static final int RAW_INTS = 4 * 2 * 16;

  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;
  private static final int LANES = SHORTS.length();
  private static final int INT_LANES = INTS.length();

  /** Bytes of the units of a pair of inputs. */
  private static final int PAIR_BYTES = 64;

  private FourColumnKernel() {}

  /**
   * Sums of spans of 32 inputs whose units begin at {@code from}, for the columns of inputs at
   * {@code first} and three more, {@code stride} apart.
   */
  static void nibbles(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      int stride,
      short[] raw) {
    int step = Opaque.pair();
    IntVector nibbles = IntVector.broadcast(INTS, Opaque.nibbles());
    for (int s = 0; s < spans; s++) {
      int k0 = first + s * TwoInputKernel.NIBBLE_SPAN;
      int k1 = k0 + stride;
      int k2 = k1 + stride;
      int k3 = k2 + stride;
      ShortVector a0 = ShortVector.zero(SHORTS);
      ShortVector a1 = a0;
      ShortVector a2 = a0;
      ShortVector a3 = a0;
      ShortVector b0 = a0;
      ShortVector b1 = a0;
      ShortVector b2 = a0;
      ShortVector b3 = a0;
      ShortVector c0 = a0;
      ShortVector c1 = a0;
      ShortVector c2 = a0;
      ShortVector c3 = a0;
      ShortVector d0 = a0;
      ShortVector d1 = a0;
      ShortVector d2 = a0;
      ShortVector d3 = a0;
      long at = from + (long) s * spanBytes;
      for (int k = 0; k < TwoInputKernel.NIBBLE_SPAN; k += step) {
        IntVector v = IntVector.fromMemorySegment(INTS, tiles, at, ORDER);
        ShortVector w0 = v.and(nibbles).reinterpretAsShorts();
        ShortVector w1 = v.lanewise(VectorOperators.LSHR, 4).and(nibbles).reinterpretAsShorts();
        ShortVector w2 = v.lanewise(VectorOperators.LSHR, 8).and(nibbles).reinterpretAsShorts();
        ShortVector w3 = v.lanewise(VectorOperators.LSHR, 12).and(nibbles).reinterpretAsShorts();
        ShortVector qa =
            IntVector.fromArray(INTS, doubled, k0 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        a0 = a0.add(w0.mul(qa));
        a1 = a1.add(w1.mul(qa));
        a2 = a2.add(w2.mul(qa));
        a3 = a3.add(w3.mul(qa));
        ShortVector qb =
            IntVector.fromArray(INTS, doubled, k1 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        b0 = b0.add(w0.mul(qb));
        b1 = b1.add(w1.mul(qb));
        b2 = b2.add(w2.mul(qb));
        b3 = b3.add(w3.mul(qb));
        ShortVector qc =
            IntVector.fromArray(INTS, doubled, k2 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        c0 = c0.add(w0.mul(qc));
        c1 = c1.add(w1.mul(qc));
        c2 = c2.add(w2.mul(qc));
        c3 = c3.add(w3.mul(qc));
        ShortVector qd =
            IntVector.fromArray(INTS, doubled, k3 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        d0 = d0.add(w0.mul(qd));
        d1 = d1.add(w1.mul(qd));
        d2 = d2.add(w2.mul(qd));
        d3 = d3.add(w3.mul(qd));
        at += PAIR_BYTES;
      }
      int to = s * RAW_SHORTS;
      a0.intoArray(raw, to);
      a1.intoArray(raw, to + LANES);
      a2.intoArray(raw, to + 2 * LANES);
      a3.intoArray(raw, to + 3 * LANES);
      b0.intoArray(raw, to + 4 * LANES);
      b1.intoArray(raw, to + 5 * LANES);
      b2.intoArray(raw, to + 6 * LANES);
      b3.intoArray(raw, to + 7 * LANES);
      c0.intoArray(raw, to + 8 * LANES);
      c1.intoArray(raw, to + 9 * LANES);
      c2.intoArray(raw, to + 10 * LANES);
      c3.intoArray(raw, to + 11 * LANES);
      d0.intoArray(raw, to + 12 * LANES);
      d1.intoArray(raw, to + 13 * LANES);
      d2.intoArray(raw, to + 14 * LANES);
      d3.intoArray(raw, to + 15 * LANES);
    }
  }

  /** As {@link #nibbles}, of spans of {@code span} inputs with E2M1 codes. */
  static void e2m1(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int span,
      int[] doubled,
      int first,
      int stride,
      short[] raw) {
    int step = Opaque.pair();
    ShortVector values = TwoInputKernel.VALUES;
    for (int s = 0; s < spans; s++) {
      int k0 = first + s * span;
      int k1 = k0 + stride;
      int k2 = k1 + stride;
      int k3 = k2 + stride;
      ShortVector a0 = ShortVector.zero(SHORTS);
      ShortVector a1 = a0;
      ShortVector a2 = a0;
      ShortVector a3 = a0;
      ShortVector b0 = a0;
      ShortVector b1 = a0;
      ShortVector b2 = a0;
      ShortVector b3 = a0;
      ShortVector c0 = a0;
      ShortVector c1 = a0;
      ShortVector c2 = a0;
      ShortVector c3 = a0;
      ShortVector d0 = a0;
      ShortVector d1 = a0;
      ShortVector d2 = a0;
      ShortVector d3 = a0;
      long at = from + (long) s * spanBytes;
      for (int k = 0; k < span; k += step) {
        IntVector v = IntVector.fromMemorySegment(INTS, tiles, at, ORDER);
        ShortVector w0 = v.reinterpretAsShorts().selectFrom(values);
        ShortVector w1 =
            v.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().selectFrom(values);
        ShortVector w2 =
            v.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().selectFrom(values);
        ShortVector w3 =
            v.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts().selectFrom(values);
        ShortVector qa =
            IntVector.fromArray(INTS, doubled, k0 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        a0 = a0.add(w0.mul(qa));
        a1 = a1.add(w1.mul(qa));
        a2 = a2.add(w2.mul(qa));
        a3 = a3.add(w3.mul(qa));
        ShortVector qb =
            IntVector.fromArray(INTS, doubled, k1 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        b0 = b0.add(w0.mul(qb));
        b1 = b1.add(w1.mul(qb));
        b2 = b2.add(w2.mul(qb));
        b3 = b3.add(w3.mul(qb));
        ShortVector qc =
            IntVector.fromArray(INTS, doubled, k2 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        c0 = c0.add(w0.mul(qc));
        c1 = c1.add(w1.mul(qc));
        c2 = c2.add(w2.mul(qc));
        c3 = c3.add(w3.mul(qc));
        ShortVector qd =
            IntVector.fromArray(INTS, doubled, k3 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        d0 = d0.add(w0.mul(qd));
        d1 = d1.add(w1.mul(qd));
        d2 = d2.add(w2.mul(qd));
        d3 = d3.add(w3.mul(qd));
        at += PAIR_BYTES;
      }
      int to = s * RAW_SHORTS;
      a0.intoArray(raw, to);
      a1.intoArray(raw, to + LANES);
      a2.intoArray(raw, to + 2 * LANES);
      a3.intoArray(raw, to + 3 * LANES);
      b0.intoArray(raw, to + 4 * LANES);
      b1.intoArray(raw, to + 5 * LANES);
      b2.intoArray(raw, to + 6 * LANES);
      b3.intoArray(raw, to + 7 * LANES);
      c0.intoArray(raw, to + 8 * LANES);
      c1.intoArray(raw, to + 9 * LANES);
      c2.intoArray(raw, to + 10 * LANES);
      c3.intoArray(raw, to + 11 * LANES);
      d0.intoArray(raw, to + 12 * LANES);
      d1.intoArray(raw, to + 13 * LANES);
      d2.intoArray(raw, to + 14 * LANES);
      d3.intoArray(raw, to + 15 * LANES);
    }
  }

  /** As {@link #nibbles}, of weights that {@link #expandSixBits} has unfolded. */
  static void pairs(
      short[] pairs, int spans, int span, int[] doubled, int first, int stride, short[] raw) {
    int step = Opaque.pair();
    int at = 0;
    for (int s = 0; s < spans; s++) {
      int k0 = first + s * span;
      int k1 = k0 + stride;
      int k2 = k1 + stride;
      int k3 = k2 + stride;
      ShortVector a0 = ShortVector.zero(SHORTS);
      ShortVector a1 = a0;
      ShortVector a2 = a0;
      ShortVector a3 = a0;
      ShortVector b0 = a0;
      ShortVector b1 = a0;
      ShortVector b2 = a0;
      ShortVector b3 = a0;
      ShortVector c0 = a0;
      ShortVector c1 = a0;
      ShortVector c2 = a0;
      ShortVector c3 = a0;
      ShortVector d0 = a0;
      ShortVector d1 = a0;
      ShortVector d2 = a0;
      ShortVector d3 = a0;
      for (int k = 0; k < span; k += step) {
        ShortVector w0 = ShortVector.fromArray(SHORTS, pairs, at);
        ShortVector w1 = ShortVector.fromArray(SHORTS, pairs, at + LANES);
        ShortVector w2 = ShortVector.fromArray(SHORTS, pairs, at + 2 * LANES);
        ShortVector w3 = ShortVector.fromArray(SHORTS, pairs, at + 3 * LANES);
        ShortVector qa =
            IntVector.fromArray(INTS, doubled, k0 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        a0 = a0.add(w0.mul(qa));
        a1 = a1.add(w1.mul(qa));
        a2 = a2.add(w2.mul(qa));
        a3 = a3.add(w3.mul(qa));
        ShortVector qb =
            IntVector.fromArray(INTS, doubled, k1 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        b0 = b0.add(w0.mul(qb));
        b1 = b1.add(w1.mul(qb));
        b2 = b2.add(w2.mul(qb));
        b3 = b3.add(w3.mul(qb));
        ShortVector qc =
            IntVector.fromArray(INTS, doubled, k2 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        c0 = c0.add(w0.mul(qc));
        c1 = c1.add(w1.mul(qc));
        c2 = c2.add(w2.mul(qc));
        c3 = c3.add(w3.mul(qc));
        ShortVector qd =
            IntVector.fromArray(INTS, doubled, k3 + k)
                .rearrange(TwoInputKernel.HALVES)
                .reinterpretAsShorts();
        d0 = d0.add(w0.mul(qd));
        d1 = d1.add(w1.mul(qd));
        d2 = d2.add(w2.mul(qd));
        d3 = d3.add(w3.mul(qd));
        at += 4 * LANES;
      }
      int to = s * RAW_SHORTS;
      a0.intoArray(raw, to);
      a1.intoArray(raw, to + LANES);
      a2.intoArray(raw, to + 2 * LANES);
      a3.intoArray(raw, to + 3 * LANES);
      b0.intoArray(raw, to + 4 * LANES);
      b1.intoArray(raw, to + 5 * LANES);
      b2.intoArray(raw, to + 6 * LANES);
      b3.intoArray(raw, to + 7 * LANES);
      c0.intoArray(raw, to + 8 * LANES);
      c1.intoArray(raw, to + 9 * LANES);
      c2.intoArray(raw, to + 10 * LANES);
      c3.intoArray(raw, to + 11 * LANES);
      d0.intoArray(raw, to + 12 * LANES);
      d1.intoArray(raw, to + 13 * LANES);
      d2.intoArray(raw, to + 14 * LANES);
      d3.intoArray(raw, to + 15 * LANES);
    }
  }

  /**
   * Unfolds spans of 16 inputs of six bits to values of 16 bits, {@code [pair of inputs][code]
   * [lane]}: unfolding takes more operations than leave room for four columns in one method.
   */
  static void expandSixBits(
      MemorySegment tiles, long from, int spanBytes, int spans, short[] pairs) {
    int step = Opaque.pair();
    IntVector codes = IntVector.broadcast(INTS, Opaque.sixBits());
    IntVector nibbles = IntVector.broadcast(INTS, Opaque.nibbles());
    IntVector upperBits = IntVector.broadcast(INTS, Opaque.upperBits());
    ShortVector centre = IntVector.broadcast(INTS, Opaque.centres()).reinterpretAsShorts();
    int to = 0;
    for (int s = 0; s < spans; s++) {
      long at = from + (long) s * spanBytes;
      for (int k = 0; k < TwoInputKernel.SIX_BIT_SPAN; k += step) {
        IntVector v = IntVector.fromMemorySegment(INTS, tiles, at, ORDER);
        IntVector both =
            IntVector.fromMemorySegment(INTS, tiles, at + PAIR_BYTES / 2, ORDER)
                .rearrange(TwoInputKernel.SECOND_TWICE);
        v.and(codes).reinterpretAsShorts().sub(centre).intoArray(pairs, to);
        v.lanewise(VectorOperators.LSHR, 6)
            .and(codes)
            .reinterpretAsShorts()
            .sub(centre)
            .intoArray(pairs, to + LANES);
        both.lanewise(VectorOperators.LSHR, TwoInputKernel.CODE_SHIFTS)
            .and(codes)
            .reinterpretAsShorts()
            .sub(centre)
            .intoArray(pairs, to + 2 * LANES);
        v.lanewise(VectorOperators.LSHR, 12)
            .and(nibbles)
            .or(both.lanewise(VectorOperators.LSHR, TwoInputKernel.UPPER_SHIFTS).and(upperBits))
            .reinterpretAsShorts()
            .sub(centre)
            .intoArray(pairs, to + 3 * LANES);
        at += TwoInputKernel.SIX_BIT_PAIR_BYTES;
        to += 4 * LANES;
      }
    }
  }

  /**
   * Sums of spans of bytes. The 2^15 that makes the lower half of a lane not negative is added to
   * the products here, and 128 taken off the weights, since four columns share that.
   */
  static void bytes(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int span,
      int[] doubled,
      int first,
      int stride,
      int[] raw) {
    int step = Opaque.pair();
    ShortVector offset = IntVector.broadcast(INTS, Opaque.byteOffsets()).reinterpretAsShorts();
    ShortVector lowerHalf = IntVector.broadcast(INTS, Opaque.lowerHalfSign()).reinterpretAsShorts();
    for (int s = 0; s < spans; s++) {
      int k0 = first + s * span;
      int k1 = k0 + stride;
      int k2 = k1 + stride;
      int k3 = k2 + stride;
      IntVector a0 = IntVector.zero(INTS);
      IntVector a1 = a0;
      IntVector b0 = a0;
      IntVector b1 = a0;
      IntVector c0 = a0;
      IntVector c1 = a0;
      IntVector d0 = a0;
      IntVector d1 = a0;
      long at = from + (long) s * spanBytes;
      for (int k = 0; k < span; k += step) {
        ShortVector w0 =
            ((ShortVector)
                    ByteVector.fromMemorySegment(BYTES, tiles, at, ORDER)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0))
                .sub(offset);
        ShortVector w1 =
            ((ShortVector)
                    ByteVector.fromMemorySegment(BYTES, tiles, at + BYTES.length(), ORDER)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0))
                .sub(offset);
        IntVector za =
            w0.mul(IntVector.broadcast(INTS, doubled[k0 + k]).reinterpretAsShorts())
                .add(w1.mul(IntVector.broadcast(INTS, doubled[k0 + k + 1]).reinterpretAsShorts()))
                .add(lowerHalf)
                .reinterpretAsInts();
        a0 = a0.add(za);
        a1 = a1.add(za.lanewise(VectorOperators.ASHR, 16));
        IntVector zb =
            w0.mul(IntVector.broadcast(INTS, doubled[k1 + k]).reinterpretAsShorts())
                .add(w1.mul(IntVector.broadcast(INTS, doubled[k1 + k + 1]).reinterpretAsShorts()))
                .add(lowerHalf)
                .reinterpretAsInts();
        b0 = b0.add(zb);
        b1 = b1.add(zb.lanewise(VectorOperators.ASHR, 16));
        IntVector zc =
            w0.mul(IntVector.broadcast(INTS, doubled[k2 + k]).reinterpretAsShorts())
                .add(w1.mul(IntVector.broadcast(INTS, doubled[k2 + k + 1]).reinterpretAsShorts()))
                .add(lowerHalf)
                .reinterpretAsInts();
        c0 = c0.add(zc);
        c1 = c1.add(zc.lanewise(VectorOperators.ASHR, 16));
        IntVector zd =
            w0.mul(IntVector.broadcast(INTS, doubled[k3 + k]).reinterpretAsShorts())
                .add(w1.mul(IntVector.broadcast(INTS, doubled[k3 + k + 1]).reinterpretAsShorts()))
                .add(lowerHalf)
                .reinterpretAsInts();
        d0 = d0.add(zd);
        d1 = d1.add(zd.lanewise(VectorOperators.ASHR, 16));
        at += 2L * BYTES.length();
      }
      int to = s * RAW_INTS;
      a0.intoArray(raw, to);
      a1.intoArray(raw, to + INT_LANES);
      b0.intoArray(raw, to + 2 * INT_LANES);
      b1.intoArray(raw, to + 3 * INT_LANES);
      c0.intoArray(raw, to + 4 * INT_LANES);
      c1.intoArray(raw, to + 5 * INT_LANES);
      d0.intoArray(raw, to + 6 * INT_LANES);
      d1.intoArray(raw, to + 7 * INT_LANES);
    }
  }
}
