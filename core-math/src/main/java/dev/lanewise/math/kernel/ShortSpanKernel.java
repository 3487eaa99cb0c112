package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.ORDER;

import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Scales;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * What {@link SpanKernel} is to the 256-bit kernels, for the 16-bit sums of {@link TwoInputKernel}:
 * 32 rows at a time, in the lower and upper halves of 512 bits.
 *
 * <p>A sum stays in the upper half of its 32-bit lane where it can, which makes it 2^16 as large
 * and saves a shift; the scale of the inputs takes that back. Both are exact, since {@code round}
 * makes no scale below 2^-96.
 */
final class ShortSpanKernel {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
  private static final int ROWS = TwoInputKernel.ROWS;
  private static final int LANES = INTS.length();
  static final float HALF_FACTOR = 0x1p112f;

  /** The scale bytes of rows 0 to 31 to both halves, then those of rows 32 to 63. */
  static final VectorShuffle<Integer> LOWER_TWICE = VectorShuffle.fromOp(INTS, lane -> lane % 8);

  static final VectorShuffle<Integer> UPPER_TWICE =
      VectorShuffle.fromOp(INTS, lane -> 8 + lane % 8);

  /** Bring bytes 0 and 1 of the lower and upper lanes to the lowest, or to the highest byte. */
  private static final IntVector DOWN = TwoInputKernel.halves(0, 8);

  static final IntVector UP = TwoInputKernel.halves(24, 16);
  static final IntVector UP_LATER = TwoInputKernel.halves(8, 0);

  private ShortSpanKernel() {}

  /** As {@link SpanKernel#add}, of the sums in {@code scratch.shortSums}. */
  static void add(
      Matrix w, long at, int first, int spans, Inputs x, int column, ProductScratch scratch) {
    TileLayout layout = w.layout();
    ScaleKernel.head(w.tiles(), layout.scales(), at, ROWS, scratch);
    long from = at + layout.headBytes() + layout.spanUnitBytes();
    short[] z = scratch.shortSums;
    add(w, w.tiles(), from, layout.spanBytes(), first, spans, x, column, z, scratch);
  }

  /**
   * As above, with the factors of the group in {@code scratch}.
   *
   * @param from where the scales of the first span are, in {@code tiles}
   * @param spanBytes bytes from there to those of the next span
   * @param z the sums
   */
  static void add(
      Matrix w,
      MemorySegment tiles,
      long from,
      int spanBytes,
      int first,
      int spans,
      Inputs x,
      int column,
      short[] z,
      ProductScratch scratch) {
    Scales scales = w.layout().scales();
    int block = column * x.blockStride() + first * scales.span() / Inputs.BLOCK;
    float[] sums = scratch.sums;
    switch (scales) {
      case F16 -> halves(tiles, from, spanBytes, spans, x.upperScales(), block, z, sums);
      case F16_MINIMA -> {
        float[] inputs = x.scaledSums();
        halvesWithMinima(tiles, from, spanBytes, spans, x.upperScales(), inputs, block, z, sums);
      }
      case SUPER_MINIMA -> {
        float[] inputs = x.scaledSums();
        pairs(tiles, from, spanBytes, spans, x.upperScales(), inputs, block, scratch, z, sums);
      }
      case SUPER_SIGNED ->
          signedBytes(tiles, from, spanBytes, spans, x.scales(), block, scratch.headScale, z, sums);
      case E8M0 -> powers(tiles, from, spanBytes, spans, x.scales(), block, z, sums);
      case E4M3 -> {
        float factor = ScaleKernel.E4M3_FACTOR * w.factor();
        eighths(tiles, from, spanBytes, spans, factor, x.upperScales(), block, z, sums);
      }
      case NONE -> throw new IllegalArgumentException("no scales");
    }
  }

  private static void halves(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      float[] scales,
      int block,
      short[] z,
      float[] sums) {
    int step = Opaque.one();
    IntVector halfBits = IntVector.broadcast(INTS, Opaque.halfBits());
    IntVector highHalf = IntVector.broadcast(INTS, Opaque.highHalf());
    FloatVector factor = FloatVector.broadcast(FLOATS, HALF_FACTOR);
    for (int r = 0; r < ROWS; r += 2 * LANES) {
      FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, r + LANES);
      long at = from + 2L * r;
      int i = r;
      for (int s = block; s < block + spans; s += step) {
        FloatVector dx = FloatVector.broadcast(FLOATS, scales[s]);
        IntVector v = ShortVector.fromArray(SHORTS, z, i).reinterpretAsInts();
        IntVector d = IntVector.fromMemorySegment(INTS, tiles, at, ORDER);
        sum0 =
            ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    d.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 3)
                        .and(halfBits)
                        .reinterpretAsFloats()
                        .mul(factor),
                    sum0);
        sum1 =
            ((FloatVector) v.and(highHalf).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    d.lanewise(VectorOperators.ASHR, 3)
                        .and(halfBits)
                        .reinterpretAsFloats()
                        .mul(factor),
                    sum1);
        at += spanBytes;
        i += ROWS;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + LANES);
    }
  }

  private static void halvesWithMinima(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      float[] scales,
      float[] scaledSums,
      int block,
      short[] z,
      float[] sums) {
    int step = Opaque.one();
    IntVector halfBits = IntVector.broadcast(INTS, Opaque.halfBits());
    IntVector highHalf = IntVector.broadcast(INTS, Opaque.highHalf());
    FloatVector factor = FloatVector.broadcast(FLOATS, HALF_FACTOR);
    FloatVector centre = FloatVector.broadcast(FLOATS, Units.NIBBLE_CENTRE);
    for (int r = 0; r < ROWS; r += 2 * LANES) {
      FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, r + LANES);
      long at = from + 2L * r;
      int i = r;
      for (int s = 0; s < spans; s += step) {
        FloatVector dx = FloatVector.broadcast(FLOATS, scales[block + s]);
        FloatVector inputs = FloatVector.broadcast(FLOATS, scaledSums[block + s]);
        IntVector v = ShortVector.fromArray(SHORTS, z, i).reinterpretAsInts();
        IntVector d = IntVector.fromMemorySegment(INTS, tiles, at, ORDER);
        IntVector m = IntVector.fromMemorySegment(INTS, tiles, at + 2L * ROWS, ORDER);
        FloatVector scale0 =
            d.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 3)
                .and(halfBits)
                .reinterpretAsFloats()
                .mul(factor);
        FloatVector minimum0 =
            scale0.fma(
                centre,
                m.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(halfBits)
                    .reinterpretAsFloats()
                    .mul(factor));
        sum0 =
            ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(scale0, minimum0.fma(inputs, sum0));
        FloatVector scale1 =
            d.lanewise(VectorOperators.ASHR, 3).and(halfBits).reinterpretAsFloats().mul(factor);
        FloatVector minimum1 =
            scale1.fma(
                centre,
                m.lanewise(VectorOperators.ASHR, 3)
                    .and(halfBits)
                    .reinterpretAsFloats()
                    .mul(factor));
        sum1 =
            ((FloatVector) v.and(highHalf).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(scale1, minimum1.fma(inputs, sum1));
        at += spanBytes;
        i += ROWS;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + LANES);
    }
  }

  private static void pairs(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      float[] scales,
      float[] scaledSums,
      int block,
      ProductScratch scratch,
      short[] z,
      float[] sums) {
    int step = Opaque.one();
    IntVector lowByte = IntVector.broadcast(INTS, Opaque.lowByte());
    IntVector highHalf = IntVector.broadcast(INTS, Opaque.highHalf());
    FloatVector centre = FloatVector.broadcast(FLOATS, Units.NIBBLE_CENTRE);
    for (int r = 0; r < ROWS; r += 2 * LANES) {
      FloatVector head0 = FloatVector.fromArray(FLOATS, scratch.headScale, r);
      FloatVector head1 = FloatVector.fromArray(FLOATS, scratch.headScale, r + LANES);
      FloatVector less0 = FloatVector.fromArray(FLOATS, scratch.headMinimum, r).neg();
      FloatVector less1 = FloatVector.fromArray(FLOATS, scratch.headMinimum, r + LANES).neg();
      FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, r + LANES);
      long at = from + 2L * r;
      int i = r;
      for (int s = 0; s < spans; s += step) {
        FloatVector dx = FloatVector.broadcast(FLOATS, scales[block + s]);
        FloatVector inputs = FloatVector.broadcast(FLOATS, scaledSums[block + s]);
        IntVector v = ShortVector.fromArray(SHORTS, z, i).reinterpretAsInts();
        IntVector d = IntVector.fromMemorySegment(INTS, tiles, at, ORDER);
        FloatVector scale0 =
            ((FloatVector) d.and(lowByte).convert(VectorOperators.I2F, 0)).mul(head0);
        FloatVector minimum0 =
            scale0.fma(
                centre,
                ((FloatVector)
                        d.lanewise(VectorOperators.LSHR, 8)
                            .and(lowByte)
                            .convert(VectorOperators.I2F, 0))
                    .mul(less0));
        sum0 =
            ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(scale0, minimum0.fma(inputs, sum0));
        FloatVector scale1 =
            ((FloatVector)
                    d.lanewise(VectorOperators.LSHR, 16)
                        .and(lowByte)
                        .convert(VectorOperators.I2F, 0))
                .mul(head1);
        FloatVector minimum1 =
            scale1.fma(
                centre,
                ((FloatVector) d.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0))
                    .mul(less1));
        sum1 =
            ((FloatVector) v.and(highHalf).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(scale1, minimum1.fma(inputs, sum1));
        at += spanBytes;
        i += ROWS;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + LANES);
    }
  }

  /** Two spans of 16 a block of inputs. */
  private static void signedBytes(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      float[] scales,
      int block,
      float[] headScale,
      short[] z,
      float[] sums) {
    int step = Opaque.one();
    for (int r = 0; r < ROWS; r += 2 * LANES) {
      VectorShuffle<Integer> twice = r == 0 ? LOWER_TWICE : UPPER_TWICE;
      FloatVector head0 = FloatVector.fromArray(FLOATS, headScale, r);
      FloatVector head1 = FloatVector.fromArray(FLOATS, headScale, r + LANES);
      FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, r + LANES);
      long at = from;
      int i = r;
      for (int s = 0; s < spans; s += step) {
        FloatVector dx = FloatVector.broadcast(FLOATS, scales[block + (s >> 1)]);
        IntVector v = ShortVector.fromArray(SHORTS, z, i).reinterpretAsInts();
        IntVector u = ShortVector.fromArray(SHORTS, z, i + ROWS).reinterpretAsInts();
        IntVector d = IntVector.fromMemorySegment(INTS, tiles, at, ORDER).rearrange(twice);
        IntVector z0 =
            v.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(u.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
        IntVector z1 =
            v.lanewise(VectorOperators.ASHR, 16).add(u.lanewise(VectorOperators.ASHR, 16));
        sum0 =
            ((FloatVector) z0.convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    ((FloatVector)
                            d.lanewise(VectorOperators.LSHL, UP)
                                .lanewise(VectorOperators.ASHR, 24)
                                .convert(VectorOperators.I2F, 0))
                        .mul(head0),
                    sum0);
        sum1 =
            ((FloatVector) z1.convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    ((FloatVector)
                            d.lanewise(VectorOperators.LSHL, UP_LATER)
                                .lanewise(VectorOperators.ASHR, 24)
                                .convert(VectorOperators.I2F, 0))
                        .mul(head1),
                    sum1);
        at += spanBytes;
        i += 2 * ROWS;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + LANES);
    }
  }

  /** E8M0, of half the value since E2M1 counts twice: the half is in the scale of the inputs. */
  private static void powers(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      float[] scales,
      int block,
      short[] z,
      float[] sums) {
    int step = Opaque.one();
    IntVector lowByte = IntVector.broadcast(INTS, Opaque.lowByte());
    for (int r = 0; r < ROWS; r += 2 * LANES) {
      VectorShuffle<Integer> twice = r == 0 ? LOWER_TWICE : UPPER_TWICE;
      FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, r + LANES);
      long at = from;
      int i = r;
      for (int s = block; s < block + spans; s += step) {
        FloatVector dx = FloatVector.broadcast(FLOATS, scales[s] * 0.5f);
        IntVector v = ShortVector.fromArray(SHORTS, z, i).reinterpretAsInts();
        IntVector u = ShortVector.fromArray(SHORTS, z, i + ROWS).reinterpretAsInts();
        IntVector d =
            IntVector.fromMemorySegment(INTS, tiles, at, ORDER)
                .rearrange(twice)
                .lanewise(VectorOperators.LSHR, DOWN);
        IntVector z0 =
            v.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(u.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
        IntVector z1 =
            v.lanewise(VectorOperators.ASHR, 16).add(u.lanewise(VectorOperators.ASHR, 16));
        sum0 =
            ((FloatVector) z0.convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(d.and(lowByte).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats(), sum0);
        sum1 =
            ((FloatVector) z1.convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    d.lanewise(VectorOperators.LSHR, 16)
                        .and(lowByte)
                        .lanewise(VectorOperators.LSHL, 23)
                        .reinterpretAsFloats(),
                    sum1);
        at += spanBytes;
        i += 2 * ROWS;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + LANES);
    }
  }

  /** E4M3: two spans of 16 a block of inputs. */
  private static void eighths(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      float factor,
      float[] scales,
      int block,
      short[] z,
      float[] sums) {
    int step = Opaque.one();
    IntVector lowByte = IntVector.broadcast(INTS, Opaque.lowByte());
    IntVector highHalf = IntVector.broadcast(INTS, Opaque.highHalf());
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    for (int r = 0; r < ROWS; r += 2 * LANES) {
      VectorShuffle<Integer> twice = r == 0 ? LOWER_TWICE : UPPER_TWICE;
      FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, r + LANES);
      long at = from;
      int i = r;
      for (int s = 0; s < spans; s += step) {
        FloatVector dx = FloatVector.broadcast(FLOATS, scales[block + (s >> 1)]);
        IntVector v = ShortVector.fromArray(SHORTS, z, i).reinterpretAsInts();
        IntVector d =
            IntVector.fromMemorySegment(INTS, tiles, at, ORDER)
                .rearrange(twice)
                .lanewise(VectorOperators.LSHR, DOWN);
        sum0 =
            ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    d.and(lowByte)
                        .lanewise(VectorOperators.LSHL, 20)
                        .reinterpretAsFloats()
                        .mul(factors),
                    sum0);
        sum1 =
            ((FloatVector) v.and(highHalf).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    d.lanewise(VectorOperators.LSHR, 16)
                        .and(lowByte)
                        .lanewise(VectorOperators.LSHL, 20)
                        .reinterpretAsFloats()
                        .mul(factors),
                    sum1);
        at += spanBytes;
        i += ROWS;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + LANES);
    }
  }
}
