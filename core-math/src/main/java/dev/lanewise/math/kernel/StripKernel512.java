package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.ORDER;

import dev.lanewise.math.format.TableBlocks;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Decodes units to strips of F32 rows on AVX-512, all rows of two inputs at a time: what {@link
 * NibbleKernel} and {@link ByteKernel} do in 256 bits, eight rows at a time.
 *
 * <p>A load has the units of two inputs. Each is brought to both halves of 512 bits and shifted
 * differently in the two, so that codes of 16 successive rows are at the same bits; see {@code
 * TileLayout.rowOfSlot}. The scales of all rows are in registers, so a span takes one loop.
 *
 * <p>Operations are called by {@code lanewise} here and not by their own names. {@code fma(a, b)}
 * calls {@code lanewise(FMA, a, b)} from one place for all vectors, which has seen those of 256
 * bits too: C2 then compiles both ways, and where they meet again it makes an object of the vector,
 * for the case that the store behind it fails.
 */
final class StripKernel512 {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final int LANES = INTS.length();

  /** Bytes of the unit of an input. */
  private static final long UNIT_BYTES = 32;

  /** Brings codes 0 and 1 of four bits down. */
  private static final IntVector NIBBLE_SHIFTS = TwoInputKernel.halves(0, 4);

  /** The F32 values of nibbles and of E2M1 codes, as bits: one lookup makes a number of a code. */
  private static final int[] NIBBLES = floats(code -> code - Units.NIBBLE_CENTRE);

  private static final int[] E2M1 = floats(TableBlocks::doubledE2m1);

  /** The minima of formats that have none. */
  private static final float[] ZEROS = new float[ProductScratch.MAX_ROWS];

  /** Bring codes 0 and 1 of six bits to the highest bits, and those of the odd slots. */
  private static final IntVector OWN_UP = TwoInputKernel.halves(26, 20);

  private static final IntVector OWN_UP_LATER = TwoInputKernel.halves(10, 4);
  private static final IntVector OWN_SIGNS = IntVector.broadcast(INTS, 0x08200820);

  /** What codes 2 and 3 have in the vector of both inputs, shifted for the first or the second. */
  private static final int[] BOTH_SHIFTS = bothShifts();

  private static final IntVector BOTH_BITS = TwoInputKernel.halves(0x003f003f, 0x00300030);
  private static final IntVector OWN_BITS = TwoInputKernel.halves(0, 0x000f000f);
  private static final IntVector BOTH_SIGNS = IntVector.broadcast(INTS, 0x00200020);
  private static final IntVector BOTH_UP = IntVector.broadcast(INTS, 26);
  private static final IntVector BOTH_UP_LATER = IntVector.broadcast(INTS, 10);

  private StripKernel512() {}

  private static int[] bothShifts() {
    int[] shifts = new int[2 * LANES];
    TwoInputKernel.halves(0, 8).intoArray(shifts, 0);
    TwoInputKernel.halves(6, 10).intoArray(shifts, LANES);
    return shifts;
  }

  private static int[] floats(IntUnaryOperator valueOf) {
    int[] bits = new int[LANES];
    for (int code = 0; code < LANES; code++) {
      bits[code] = Float.floatToRawIntBits(valueOf.applyAsInt(code));
    }
    return bits;
  }

  /**
   * Decodes the units of a span, whose scales are in {@code scratch}, to strips of F32 rows.
   *
   * @param k the first input within the panel
   */
  static void decode(Matrix w, long from, int depth, int k, ProductScratch scratch) {
    switch (w.layout().units()) {
      case NIBBLES -> fourBits(w, NIBBLES, from, depth, k, scratch);
      case E2M1_LANES -> fourBits(w, E2M1, from, depth, k, scratch);
      case BYTES -> bytes(w, from, depth, k, scratch);
      case SIX_BITS -> sixBits(w, from, depth, k, scratch);
      case E2M1_BYTES, BF16, F16, F32 ->
          throw new IllegalArgumentException(w.layout() + " is not decoded by spans on AVX-512");
    }
  }

  private static void fourBits(
      Matrix w, int[] codes, long from, int depth, int k, ProductScratch scratch) {
    IntVector values = IntVector.fromArray(INTS, codes, 0);
    float[] minimum = w.layout().scales().minima() ? scratch.minimum : ZEROS;
    FloatVector scale0 = FloatVector.fromArray(FLOATS, scratch.scale, 0);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, scratch.scale, LANES);
    FloatVector scale2 = FloatVector.fromArray(FLOATS, scratch.scale, 2 * LANES);
    FloatVector scale3 = FloatVector.fromArray(FLOATS, scratch.scale, 3 * LANES);
    FloatVector minimum0 = FloatVector.fromArray(FLOATS, minimum, 0);
    FloatVector minimum1 = FloatVector.fromArray(FLOATS, minimum, LANES);
    FloatVector minimum2 = FloatVector.fromArray(FLOATS, minimum, 2 * LANES);
    FloatVector minimum3 = FloatVector.fromArray(FLOATS, minimum, 3 * LANES);
    MemorySegment tiles = w.tiles();
    float[] panel = scratch.panel;
    int to = Strips.at(0, k, depth);
    int next = Strips.at(Strips.ROWS, k, depth);
    int span = w.layout().scales().span();
    int step = Opaque.pair();
    long at = from;
    for (int i = 0; i < span; i += step) {
      IntVector two = IntVector.fromMemorySegment(INTS, tiles, at, ORDER);
      IntVector v =
          two.rearrange(ShortSpanKernel.LOWER_TWICE).lanewise(VectorOperators.LSHR, NIBBLE_SHIFTS);
      v.selectFrom(values)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.FMA, scale0, minimum0)
          .intoArray(panel, to);
      v.lanewise(VectorOperators.LSHR, 16)
          .selectFrom(values)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.FMA, scale1, minimum1)
          .intoArray(panel, to + LANES);
      v.lanewise(VectorOperators.LSHR, 8)
          .selectFrom(values)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.FMA, scale2, minimum2)
          .intoArray(panel, next);
      v.lanewise(VectorOperators.LSHR, 24)
          .selectFrom(values)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.FMA, scale3, minimum3)
          .intoArray(panel, next + LANES);
      IntVector u =
          two.rearrange(ShortSpanKernel.UPPER_TWICE).lanewise(VectorOperators.LSHR, NIBBLE_SHIFTS);
      u.selectFrom(values)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.FMA, scale0, minimum0)
          .intoArray(panel, to + 2 * LANES);
      u.lanewise(VectorOperators.LSHR, 16)
          .selectFrom(values)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.FMA, scale1, minimum1)
          .intoArray(panel, to + 3 * LANES);
      u.lanewise(VectorOperators.LSHR, 8)
          .selectFrom(values)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.FMA, scale2, minimum2)
          .intoArray(panel, next + 2 * LANES);
      u.lanewise(VectorOperators.LSHR, 24)
          .selectFrom(values)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.FMA, scale3, minimum3)
          .intoArray(panel, next + 3 * LANES);
      at += 2 * UNIT_BYTES;
      to += 2 * Strips.ROWS;
      next += 2 * Strips.ROWS;
    }
  }

  private static void bytes(Matrix w, long from, int depth, int k, ProductScratch scratch) {
    float[] minimum = w.layout().scales().minima() ? scratch.minimum : ZEROS;
    FloatVector scale0 = FloatVector.fromArray(FLOATS, scratch.scale, 0);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, scratch.scale, LANES);
    FloatVector minimum0 = FloatVector.fromArray(FLOATS, minimum, 0);
    FloatVector minimum1 = FloatVector.fromArray(FLOATS, minimum, LANES);
    MemorySegment tiles = w.tiles();
    float[] panel = scratch.panel;
    int to = Strips.at(0, k, depth);
    int span = w.layout().scales().span();
    int step = Opaque.pair();
    IntVector signs = IntVector.broadcast(INTS, Opaque.byteSigns());
    long at = from;
    for (int i = 0; i < span; i += step) {
      // Without the 128 that was added a byte is a signed one, which shifts widen.
      IntVector two =
          IntVector.fromMemorySegment(INTS, tiles, at, ORDER).lanewise(VectorOperators.XOR, signs);
      IntVector v = two.rearrange(ShortSpanKernel.LOWER_TWICE);
      ((FloatVector)
              v.lanewise(VectorOperators.LSHL, ShortSpanKernel.UP)
                  .lanewise(VectorOperators.ASHR, 24)
                  .convert(VectorOperators.I2F, 0))
          .lanewise(VectorOperators.FMA, scale0, minimum0)
          .intoArray(panel, to);
      ((FloatVector)
              v.lanewise(VectorOperators.LSHL, ShortSpanKernel.UP_LATER)
                  .lanewise(VectorOperators.ASHR, 24)
                  .convert(VectorOperators.I2F, 0))
          .lanewise(VectorOperators.FMA, scale1, minimum1)
          .intoArray(panel, to + LANES);
      IntVector u = two.rearrange(ShortSpanKernel.UPPER_TWICE);
      ((FloatVector)
              u.lanewise(VectorOperators.LSHL, ShortSpanKernel.UP)
                  .lanewise(VectorOperators.ASHR, 24)
                  .convert(VectorOperators.I2F, 0))
          .lanewise(VectorOperators.FMA, scale0, minimum0)
          .intoArray(panel, to + 2 * LANES);
      ((FloatVector)
              u.lanewise(VectorOperators.LSHL, ShortSpanKernel.UP_LATER)
                  .lanewise(VectorOperators.ASHR, 24)
                  .convert(VectorOperators.I2F, 0))
          .lanewise(VectorOperators.FMA, scale1, minimum1)
          .intoArray(panel, to + 3 * LANES);
      at += 2 * UNIT_BYTES;
      to += 2 * Strips.ROWS;
    }
  }

  private static void sixBits(Matrix w, long from, int depth, int k, ProductScratch scratch) {
    FloatVector scale0 = FloatVector.fromArray(FLOATS, scratch.scale, 0);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, scratch.scale, LANES);
    FloatVector scale2 = FloatVector.fromArray(FLOATS, scratch.scale, 2 * LANES);
    FloatVector scale3 = FloatVector.fromArray(FLOATS, scratch.scale, 3 * LANES);
    MemorySegment tiles = w.tiles();
    float[] panel = scratch.panel;
    int to = Strips.at(0, k, depth);
    int next = Strips.at(Strips.ROWS, k, depth);
    int step = Opaque.one();
    for (int i = 0; i < TwoInputKernel.SIX_BIT_SPAN; i += step) {
      int odd = i & 1;
      long pair = from + (long) (i >> 1) * TwoInputKernel.SIX_BIT_PAIR_BYTES;
      // Without the 32 that was added a code is a signed number, which shifts widen.
      IntVector v =
          IntVector.fromMemorySegment(INTS, tiles, pair + odd * UNIT_BYTES, ORDER)
              .rearrange(ShortSpanKernel.LOWER_TWICE);
      IntVector own = v.lanewise(VectorOperators.XOR, OWN_SIGNS);
      IntVector both =
          IntVector.fromMemorySegment(INTS, tiles, pair + UNIT_BYTES, ORDER)
              .rearrange(ShortSpanKernel.UPPER_TWICE)
              .lanewise(VectorOperators.LSHR, IntVector.fromArray(INTS, BOTH_SHIFTS, LANES * odd))
              .lanewise(VectorOperators.AND, BOTH_BITS)
              .lanewise(
                  VectorOperators.OR,
                  v.lanewise(VectorOperators.LSHR, 12).lanewise(VectorOperators.AND, OWN_BITS))
              .lanewise(VectorOperators.XOR, BOTH_SIGNS);
      ((FloatVector)
              own.lanewise(VectorOperators.LSHL, OWN_UP)
                  .lanewise(VectorOperators.ASHR, 26)
                  .convert(VectorOperators.I2F, 0))
          .lanewise(VectorOperators.MUL, scale0)
          .intoArray(panel, to);
      ((FloatVector)
              own.lanewise(VectorOperators.LSHL, OWN_UP_LATER)
                  .lanewise(VectorOperators.ASHR, 26)
                  .convert(VectorOperators.I2F, 0))
          .lanewise(VectorOperators.MUL, scale1)
          .intoArray(panel, to + LANES);
      ((FloatVector)
              both.lanewise(VectorOperators.LSHL, BOTH_UP)
                  .lanewise(VectorOperators.ASHR, 26)
                  .convert(VectorOperators.I2F, 0))
          .lanewise(VectorOperators.MUL, scale2)
          .intoArray(panel, next);
      ((FloatVector)
              both.lanewise(VectorOperators.LSHL, BOTH_UP_LATER)
                  .lanewise(VectorOperators.ASHR, 26)
                  .convert(VectorOperators.I2F, 0))
          .lanewise(VectorOperators.MUL, scale3)
          .intoArray(panel, next + LANES);
      to += Strips.ROWS;
      next += Strips.ROWS;
    }
  }
}
