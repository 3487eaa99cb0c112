package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.format.TableBlocks;
import dev.lanewise.math.matrix.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The exact sums of {@link NibbleKernel}, {@link E2m1LaneKernel} and {@link SixBitKernel} on
 * AVX-512: a vector of 512 bits holds the units of two inputs side by side, which halves the
 * instructions, and is multiplied by the two inputs, each in one half. A half sums up half of the
 * products of a span, so that 32 of 4 bits fit: 16 * 15 * 127 = 30480.
 *
 * <p>Four inputs, or two of six bits, a step make the loop too large for C2 to unroll: the
 * prefetcher does not follow 64-byte loads in an unrolled loop.
 */
final class TwoInputKernel {
  private static final VectorSpecies<Integer> INTS_512 = IntVector.SPECIES_512;
  private static final VectorSpecies<Short> SHORTS_512 = ShortVector.SPECIES_512;

  /** The first of 16 inputs to the lower, the second to the upper half. */
  private static final VectorShuffle<Integer> HALVES =
      VectorShuffle.fromOp(INTS_512, lane -> lane / 8);

  /** The upper half to both. */
  private static final VectorShuffle<Integer> SECOND_TWICE =
      VectorShuffle.fromOp(INTS_512, lane -> 8 + lane % 8);

  /** The upper bits of a second input lie 8 higher. */
  private static final IntVector UPPER_SHIFTS = upperShifts();

  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int WIDE = SHORTS_512.length();
  private static final ShortVector VALUES = values();
  private static final int ROWS = 4 * SHORTS;
  private static final int NIBBLES = 0x000f000f;
  private static final int UPPER = 0x00300030;
  private static final short CENTRE = 32;
  private static final int PAIR_BYTES = 6 * SHORTS;

  private TwoInputKernel() {}

  private static IntVector upperShifts() {
    int[] shifts = new int[16];
    Arrays.fill(shifts, 8, 16, 8);
    return IntVector.fromArray(INTS_512, shifts, 0);
  }

  /** The table twice: an index has five bits, of which the upper one belongs to another code. */
  private static ShortVector values() {
    short[] values = new short[WIDE];
    for (int l = 0; l < WIDE; l++) {
      values[l] = (short) TableBlocks.doubledE2m1(l % 16);
    }
    return ShortVector.fromArray(SHORTS_512, values, 0);
  }

  /** As {@link NibbleKernel#sums}. */
  static void nibbles(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      int[] runSums,
      int firstRun,
      short[] parts,
      int[] out) {
    for (int s = 0; s < spans; s++) {
      ShortVector z0 = ShortVector.zero(SHORTS_512);
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) s * spanBytes;
      for (int k = first + 32 * s; k < first + 32 * s + 32; k += 4) {
        IntVector v = IntVector.fromMemorySegment(INTS_512, tiles, at, ORDER);
        ShortVector q =
            IntVector.fromArray(INTS_512, doubled, k).rearrange(HALVES).reinterpretAsShorts();
        z0 = z0.add(v.and(NIBBLES).reinterpretAsShorts().mul(q));
        z1 = z1.add(v.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).reinterpretAsShorts().mul(q));
        z2 = z2.add(v.lanewise(VectorOperators.LSHR, 8).and(NIBBLES).reinterpretAsShorts().mul(q));
        z3 = z3.add(v.lanewise(VectorOperators.LSHR, 12).and(NIBBLES).reinterpretAsShorts().mul(q));
        IntVector u = IntVector.fromMemorySegment(INTS_512, tiles, at + 4L * SHORTS, ORDER);
        ShortVector p =
            IntVector.fromArray(INTS_512, doubled, k + 2).rearrange(HALVES).reinterpretAsShorts();
        z0 = z0.add(u.and(NIBBLES).reinterpretAsShorts().mul(p));
        z1 = z1.add(u.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).reinterpretAsShorts().mul(p));
        z2 = z2.add(u.lanewise(VectorOperators.LSHR, 8).and(NIBBLES).reinterpretAsShorts().mul(p));
        z3 = z3.add(u.lanewise(VectorOperators.LSHR, 12).and(NIBBLES).reinterpretAsShorts().mul(p));
        at += 8L * SHORTS;
      }
      int run = firstRun + s * (32 / Inputs.RUN);
      int sum = runSums[run] + runSums[run + 1] + runSums[run + 2] + runSums[run + 3];
      // The halves of a vector belong to different inputs; their sums are added as integers.
      z0.intoArray(parts, 0);
      z1.intoArray(parts, WIDE);
      z2.intoArray(parts, 2 * WIDE);
      z3.intoArray(parts, 3 * WIDE);
      add(parts, NibbleKernel.CENTRE * sum, out, s * ROWS);
    }
  }

  /** The exact sums of spans of {@code span} inputs with E2M1 codes. */
  static void e2m1(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      int span,
      short[] parts,
      int[] out) {
    for (int s = 0; s < spans; s++) {
      ShortVector z0 = ShortVector.zero(SHORTS_512);
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) s * spanBytes;
      for (int k = first + span * s; k < first + span * s + span; k += 4) {
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
      // The halves of a vector belong to different inputs; their sums are added as integers.
      z0.intoArray(parts, 0);
      z1.intoArray(parts, WIDE);
      z2.intoArray(parts, 2 * WIDE);
      z3.intoArray(parts, 3 * WIDE);
      add(parts, 0, out, s * ROWS);
    }
  }

  /** The exact sums of spans of 16 inputs of six bits. */
  static void sixBits(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int[] doubled,
      int first,
      short[] parts,
      int[] out) {
    for (int s = 0; s < spans; s++) {
      ShortVector z0 = ShortVector.zero(SHORTS_512);
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long at = from + (long) s * spanBytes;
      for (int k = first + 16 * s; k < first + 16 * s + 16; k += 2) {
        IntVector v = IntVector.fromMemorySegment(INTS_512, tiles, at, ORDER);
        IntVector upper =
            IntVector.fromMemorySegment(INTS_512, tiles, at + 2L * SHORTS, ORDER)
                .rearrange(SECOND_TWICE)
                .lanewise(VectorOperators.LSHR, UPPER_SHIFTS);
        ShortVector q =
            IntVector.fromArray(INTS_512, doubled, k).rearrange(HALVES).reinterpretAsShorts();
        z0 =
            z0.add(
                v.and(NIBBLES)
                    .or(upper.lanewise(VectorOperators.LSHL, 4).and(UPPER))
                    .reinterpretAsShorts()
                    .sub(CENTRE)
                    .mul(q));
        z1 =
            z1.add(
                v.lanewise(VectorOperators.LSHR, 4)
                    .and(NIBBLES)
                    .or(upper.lanewise(VectorOperators.LSHL, 2).and(UPPER))
                    .reinterpretAsShorts()
                    .sub(CENTRE)
                    .mul(q));
        z2 =
            z2.add(
                v.lanewise(VectorOperators.LSHR, 8)
                    .and(NIBBLES)
                    .or(upper.and(UPPER))
                    .reinterpretAsShorts()
                    .sub(CENTRE)
                    .mul(q));
        z3 =
            z3.add(
                v.lanewise(VectorOperators.LSHR, 12)
                    .and(NIBBLES)
                    .or(upper.lanewise(VectorOperators.LSHR, 2).and(UPPER))
                    .reinterpretAsShorts()
                    .sub(CENTRE)
                    .mul(q));
        at += PAIR_BYTES;
      }
      // The halves of a vector belong to different inputs; their sums are added as integers.
      z0.intoArray(parts, 0);
      z1.intoArray(parts, WIDE);
      z2.intoArray(parts, 2 * WIDE);
      z3.intoArray(parts, 3 * WIDE);
      add(parts, 0, out, s * ROWS);
    }
  }

  /** Adds the halves of four vectors of slots, less {@code offset}, in the order of the rows. */
  private static void add(short[] parts, int offset, int[] out, int to) {
    for (int pair = 0; pair < 2; pair++) {
      int from = 2 * pair * WIDE;
      int at = to + 4 * pair * FLOATS;
      IntVector a = ShortVector.fromArray(SHORT, parts, from).reinterpretAsInts();
      IntVector b = ShortVector.fromArray(SHORT, parts, from + SHORTS).reinterpretAsInts();
      IntVector c = ShortVector.fromArray(SHORT, parts, from + WIDE).reinterpretAsInts();
      IntVector d = ShortVector.fromArray(SHORT, parts, from + WIDE + SHORTS).reinterpretAsInts();
      a.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .add(b.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
          .sub(offset)
          .intoArray(out, at);
      c.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 16)
          .add(d.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
          .sub(offset)
          .intoArray(out, at + FLOATS);
      a.lanewise(VectorOperators.ASHR, 16)
          .add(b.lanewise(VectorOperators.ASHR, 16))
          .sub(offset)
          .intoArray(out, at + 2 * FLOATS);
      c.lanewise(VectorOperators.ASHR, 16)
          .add(d.lanewise(VectorOperators.ASHR, 16))
          .sub(offset)
          .intoArray(out, at + 3 * FLOATS);
    }
  }
}
