package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.format.TableBlocks;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The exact sums of {@link NibbleKernel}, {@link E2m1LaneKernel} and {@link SixBitKernel} on
 * AVX-512: a vector of 512 bits holds the units of two inputs side by side, which halves the
 * instructions, and is multiplied by the two inputs, each in one half. A half sums up half of the
 * products of a span. Sums stay in 16 bits, for {@link ShortSpanKernel}: vectors of 32 rows, whose
 * 32-bit lanes hold row r in their lower and row r + 16 in their upper half.
 *
 * <p>The loops do not unroll, see {@link Opaque}: the prefetcher does not follow 64-byte loads in
 * an unrolled loop.
 */
final class TwoInputKernel {
  private static final VectorSpecies<Integer> INTS_512 = IntVector.SPECIES_512;
  private static final VectorSpecies<Short> SHORTS_512 = ShortVector.SPECIES_512;

  /** The first of 16 inputs to the lower, the second to the upper half. */
  static final VectorShuffle<Integer> HALVES = VectorShuffle.fromOp(INTS_512, lane -> lane / 8);

  /** The upper half. */
  static final VectorMask<Short> UPPER = VectorMask.fromLong(SHORTS_512, 0xffff0000L);

  /** The upper half, then the lower. */
  static final VectorShuffle<Integer> SWAP =
      VectorShuffle.fromOp(INTS_512, lane -> (lane + 8) % 16);

  /** The upper half to both. */
  static final VectorShuffle<Integer> SECOND_TWICE =
      VectorShuffle.fromOp(INTS_512, lane -> 8 + lane % 8);

  /** Brings code 2 of six bits of both inputs down. */
  static final IntVector CODE_SHIFTS = halves(0, 6);

  /** Brings the upper two bits of code 3 of both inputs above four others. */
  static final IntVector UPPER_SHIFTS = halves(8, 10);

  private static final int SHORTS = SHORT.length();
  private static final int WIDE = SHORTS_512.length();

  /** Twice the values of E2M1, two tables of them. */
  static final ShortVector VALUES = values();

  /** Rows of a tile. */
  static final int ROWS = 4 * SHORTS;

  /** Inputs of a span of nibbles. */
  static final int NIBBLE_SPAN = 32;

  /** Products of E2M1 that fit 16 bits: 16 * 12 * 127 = 24384. */
  private static final int MOST_E2M1_PRODUCTS = 16;

  /** Inputs of a span of six bits. */
  static final int SIX_BIT_SPAN = 16;

  /** Bytes of the units of a pair of inputs of six bits. */
  static final int SIX_BIT_PAIR_BYTES = 6 * SHORTS;

  private TwoInputKernel() {}

  /** A number in all lanes of the lower half, another in those of the upper. */
  static IntVector halves(int lower, int upper) {
    int[] lanes = new int[16];
    Arrays.fill(lanes, 0, 8, lower);
    Arrays.fill(lanes, 8, 16, upper);
    return IntVector.fromArray(INTS_512, lanes, 0);
  }

  /** The table twice: an index has five bits, of which the upper one belongs to another code. */
  private static ShortVector values() {
    short[] values = new short[WIDE];
    for (int l = 0; l < WIDE; l++) {
      values[l] = (short) TableBlocks.doubledE2m1(l % 16);
    }
    return ShortVector.fromArray(SHORTS_512, values, 0);
  }

  /**
   * The exact sums of spans of 32 inputs whose units begin at {@code from}, {@code spanBytes}
   * apart. Sums are modulo 2^16 until the offset of the codes is taken off; then they are at most
   * 32 * 8 * 127 = 32512 in magnitude.
   */
  static void nibbles(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      int[] centres,
      int firstBlock,
      short[] sums) {
    int step = Opaque.four();
    IntVector nibbles = IntVector.broadcast(INTS_512, Opaque.nibbles());
    for (int s = 0; s < spans; s++) {
      ShortVector z0 = ShortVector.zero(SHORTS_512);
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) s * spanBytes;
      for (int k = first + NIBBLE_SPAN * s; k < first + NIBBLE_SPAN * (s + 1); k += step) {
        IntVector v = IntVector.fromMemorySegment(INTS_512, tiles, at, ORDER);
        ShortVector q =
            IntVector.fromArray(INTS_512, doubled, k).rearrange(HALVES).reinterpretAsShorts();
        z0 = z0.add(v.and(nibbles).reinterpretAsShorts().mul(q));
        z1 = z1.add(v.lanewise(VectorOperators.LSHR, 4).and(nibbles).reinterpretAsShorts().mul(q));
        z2 = z2.add(v.lanewise(VectorOperators.LSHR, 8).and(nibbles).reinterpretAsShorts().mul(q));
        z3 = z3.add(v.lanewise(VectorOperators.LSHR, 12).and(nibbles).reinterpretAsShorts().mul(q));
        IntVector u = IntVector.fromMemorySegment(INTS_512, tiles, at + 4L * SHORTS, ORDER);
        ShortVector p =
            IntVector.fromArray(INTS_512, doubled, k + 2).rearrange(HALVES).reinterpretAsShorts();
        z0 = z0.add(u.and(nibbles).reinterpretAsShorts().mul(p));
        z1 = z1.add(u.lanewise(VectorOperators.LSHR, 4).and(nibbles).reinterpretAsShorts().mul(p));
        z2 = z2.add(u.lanewise(VectorOperators.LSHR, 8).and(nibbles).reinterpretAsShorts().mul(p));
        z3 = z3.add(u.lanewise(VectorOperators.LSHR, 12).and(nibbles).reinterpretAsShorts().mul(p));
        at += 8L * SHORTS;
      }
      ShortVector centre =
          IntVector.broadcast(INTS_512, centres[firstBlock + s]).reinterpretAsShorts();
      z0.blend(z1, UPPER)
          .add(z1.blend(z0, UPPER).reinterpretAsInts().rearrange(SWAP).reinterpretAsShorts())
          .add(centre)
          .intoArray(sums, s * ROWS);
      z2.blend(z3, UPPER)
          .add(z3.blend(z2, UPPER).reinterpretAsInts().rearrange(SWAP).reinterpretAsShorts())
          .add(centre)
          .intoArray(sums, s * ROWS + WIDE);
    }
  }

  /**
   * The exact sums of spans of {@code span} inputs with E2M1 codes. Those of 32 are in two parts,
   * of the even and of the odd inputs: 32 products take more than 16 bits.
   */
  static void e2m1(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      int span,
      short[] sums) {
    int step = Opaque.four();
    boolean inTwo = span > MOST_E2M1_PRODUCTS;
    for (int s = 0; s < spans; s++) {
      ShortVector z0 = ShortVector.zero(SHORTS_512);
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) s * spanBytes;
      for (int k = first + span * s; k < first + span * (s + 1); k += step) {
        IntVector v = IntVector.fromMemorySegment(INTS_512, tiles, at, ORDER);
        ShortVector q =
            IntVector.fromArray(INTS_512, doubled, k).rearrange(HALVES).reinterpretAsShorts();
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
        IntVector u = IntVector.fromMemorySegment(INTS_512, tiles, at + 4L * SHORTS, ORDER);
        ShortVector p =
            IntVector.fromArray(INTS_512, doubled, k + 2).rearrange(HALVES).reinterpretAsShorts();
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
        at += 8L * SHORTS;
      }
      ShortVector even0 = z0.blend(z1, UPPER);
      ShortVector even1 = z2.blend(z3, UPPER);
      ShortVector odd0 =
          z1.blend(z0, UPPER).reinterpretAsInts().rearrange(SWAP).reinterpretAsShorts();
      ShortVector odd1 =
          z3.blend(z2, UPPER).reinterpretAsInts().rearrange(SWAP).reinterpretAsShorts();
      if (inTwo) {
        int to = 2 * s * ROWS;
        even0.intoArray(sums, to);
        even1.intoArray(sums, to + WIDE);
        odd0.intoArray(sums, to + ROWS);
        odd1.intoArray(sums, to + ROWS + WIDE);
      } else {
        even0.add(odd0).intoArray(sums, s * ROWS);
        even1.add(odd1).intoArray(sums, s * ROWS + WIDE);
      }
    }
  }

  /**
   * The exact sums of spans of 16 inputs of six bits, in two parts as above, of at most 8 * 32 *
   * 127 = 32512 in magnitude.
   */
  static void sixBits(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      short[] sums) {
    int step = Opaque.pair();
    IntVector codes = IntVector.broadcast(INTS_512, Opaque.sixBits());
    IntVector nibbles = IntVector.broadcast(INTS_512, Opaque.nibbles());
    IntVector upperBits = IntVector.broadcast(INTS_512, Opaque.upperBits());
    ShortVector centre = IntVector.broadcast(INTS_512, Opaque.centres()).reinterpretAsShorts();
    for (int s = 0; s < spans; s++) {
      ShortVector z0 = ShortVector.zero(SHORTS_512);
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) s * spanBytes;
      for (int k = first + SIX_BIT_SPAN * s; k < first + SIX_BIT_SPAN * (s + 1); k += step) {
        IntVector v = IntVector.fromMemorySegment(INTS_512, tiles, at, ORDER);
        IntVector both =
            IntVector.fromMemorySegment(INTS_512, tiles, at + 2L * SHORTS, ORDER)
                .rearrange(SECOND_TWICE);
        ShortVector q =
            IntVector.fromArray(INTS_512, doubled, k).rearrange(HALVES).reinterpretAsShorts();
        z0 = z0.add(v.and(codes).reinterpretAsShorts().sub(centre).mul(q));
        z1 =
            z1.add(
                v.lanewise(VectorOperators.LSHR, 6)
                    .and(codes)
                    .reinterpretAsShorts()
                    .sub(centre)
                    .mul(q));
        z2 =
            z2.add(
                both.lanewise(VectorOperators.LSHR, CODE_SHIFTS)
                    .and(codes)
                    .reinterpretAsShorts()
                    .sub(centre)
                    .mul(q));
        z3 =
            z3.add(
                v.lanewise(VectorOperators.LSHR, 12)
                    .and(nibbles)
                    .or(both.lanewise(VectorOperators.LSHR, UPPER_SHIFTS).and(upperBits))
                    .reinterpretAsShorts()
                    .sub(centre)
                    .mul(q));
        at += SIX_BIT_PAIR_BYTES;
      }
      int to = 2 * s * ROWS;
      z0.blend(z1, UPPER).intoArray(sums, to);
      z2.blend(z3, UPPER).intoArray(sums, to + WIDE);
      z1.blend(z0, UPPER)
          .reinterpretAsInts()
          .rearrange(SWAP)
          .reinterpretAsShorts()
          .intoArray(sums, to + ROWS);
      z3.blend(z2, UPPER)
          .reinterpretAsInts()
          .rearrange(SWAP)
          .reinterpretAsShorts()
          .intoArray(sums, to + ROWS + WIDE);
    }
  }
}
