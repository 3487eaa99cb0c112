package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Scales;
import dev.lanewise.math.matrix.TileLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The second half of a product with one column: adds the exact integer sums of some spans, which
 * the kernels of the units left in {@code scratch.intSums}, to the sums of a tile's rows. There is
 * one method for each kind of scales, that of Q6_K in {@link SixBitKernel}, beside its sums; {@link
 * ScaleKernel} explains how they are decoded.
 *
 * <p>The two halves are separate for C2's sake: together they are more than it inlines into one
 * method, and vectors that cross a call are boxed. A half does many spans in a call, and rows two
 * vectors of slots at a time, whose halves are rows in natural order.
 */
final class SpanKernel {
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int HALF_BITS = 0x8fffe000;
  private static final float HALF_FACTOR = 0x1p112f;

  private SpanKernel() {}

  /**
   * Adds spans {@code first} to {@code first + spans - 1} of a tile for one column.
   *
   * @param at where the first of them is; with the factors of its group if it begins one
   */
  static void add(
      Matrix w, long at, int first, int spans, Inputs x, int column, ProductScratch scratch) {
    TileLayout layout = w.layout();
    ScaleKernel.head(w.tiles(), layout.scales(), at, layout.tileRows(), scratch);
    long from = at + layout.headBytes() + layout.spanUnitBytes();
    int[] z = scratch.intSums;
    add(w, w.tiles(), from, layout.spanBytes(), first, spans, x, column, z, 0, scratch);
  }

  /**
   * As above, with the factors of the group in {@code scratch}.
   *
   * @param from where the scales of the first span are, in {@code memory}
   * @param stride bytes from there to those of the next span
   * @param z the exact sums, from {@code firstSum} on
   */
  static void add(
      Matrix w,
      MemorySegment memory,
      long from,
      int stride,
      int first,
      int spans,
      Inputs x,
      int column,
      int[] z,
      int firstSum,
      ProductScratch scratch) {
    Scales scales = w.layout().scales();
    int rows = w.layout().tileRows();
    float centre = ScaleKernel.centre(w.layout().units());
    int block = column * x.blockStride() + first * scales.span() / Inputs.BLOCK;
    float[] sums = scratch.sums;
    switch (scales) {
      case F16 -> halves(memory, from, stride, spans, rows, x.scales(), block, z, firstSum, sums);
      case F16_MINIMA ->
          halvesWithMinima(
              memory,
              from,
              stride,
              spans,
              rows,
              centre,
              x.scales(),
              x.scaledSums(),
              block,
              z,
              firstSum,
              sums);
      case SUPER_MINIMA ->
          pairs(
              memory,
              from,
              stride,
              spans,
              rows,
              centre,
              x.scales(),
              x.scaledSums(),
              block,
              scratch.headScale,
              scratch.headMinimum,
              z,
              firstSum,
              sums);
      case SUPER_SIGNED ->
          SixBitKernel.add(
              memory,
              from,
              stride,
              spans,
              rows,
              x.scales(),
              block,
              scratch.headScale,
              scratch.shortSums,
              sums);
      case E8M0 ->
          powers(memory, from, stride, spans, rows, runs(w), x.scales(), block, z, firstSum, sums);
      case E4M3 ->
          eighths(
              memory,
              from,
              stride,
              spans,
              rows,
              ScaleKernel.E4M3_FACTOR * w.factor(),
              x.scales(),
              block,
              z,
              firstSum,
              sums);
      case NONE -> throw new IllegalArgumentException("no scales");
    }
  }

  /** The runs of a span whose exact sums are added here. */
  private static int runs(Matrix w) {
    return switch (w.layout().units()) {
      case E2M1_BYTES, E2M1_LANES -> 2;
      default -> 1;
    };
  }

  private static void halves(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int rows,
      float[] scales,
      int block,
      int[] z,
      int firstSum,
      float[] sums) {
    for (int r = 0; r < rows; r += 2 * SHORTS) {
      FloatVector sum0 = FloatVector.fromArray(FLOAT, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOAT, sums, r + FLOATS);
      FloatVector sum2 = FloatVector.fromArray(FLOAT, sums, r + 2 * FLOATS);
      FloatVector sum3 = FloatVector.fromArray(FLOAT, sums, r + 3 * FLOATS);
      long at = from + 2L * r;
      int i = firstSum + r;
      for (int s = block; s < block + spans; s++) {
        float dx = scales[s];
        IntVector v = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
        IntVector u = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
        sum0 =
            ((FloatVector) IntVector.fromArray(INT, z, i).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    v.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 3)
                        .and(HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(HALF_FACTOR),
                    sum0);
        sum1 =
            ((FloatVector) IntVector.fromArray(INT, z, i + FLOATS).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    u.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 3)
                        .and(HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(HALF_FACTOR),
                    sum1);
        sum2 =
            ((FloatVector)
                    IntVector.fromArray(INT, z, i + 2 * FLOATS).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    v.lanewise(VectorOperators.ASHR, 3)
                        .and(HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(HALF_FACTOR),
                    sum2);
        sum3 =
            ((FloatVector)
                    IntVector.fromArray(INT, z, i + 3 * FLOATS).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    u.lanewise(VectorOperators.ASHR, 3)
                        .and(HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(HALF_FACTOR),
                    sum3);
        at += spanBytes;
        i += rows;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + FLOATS);
      sum2.intoArray(sums, r + 2 * FLOATS);
      sum3.intoArray(sums, r + 3 * FLOATS);
    }
  }

  private static void halvesWithMinima(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int rows,
      float centre,
      float[] scales,
      float[] scaledSums,
      int block,
      int[] z,
      int firstSum,
      float[] sums) {
    for (int r = 0; r < rows; r += 2 * FLOATS) {
      // The vector of slots that holds rows r and r + FLOATS in its lower or upper halves.
      int within = r % (2 * SHORTS);
      int shift = within < SHORTS ? 16 : 0;
      FloatVector sum0 = FloatVector.fromArray(FLOAT, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOAT, sums, r + FLOATS);
      long at = from;
      for (int s = 0; s < spans; s++) {
        float dx = scales[block + s];
        float inputs = scaledSums[block + s];
        long field = at + 2L * (r - within);
        IntVector d0 = IntVector.fromMemorySegment(INT, tiles, field, ORDER);
        IntVector d1 = IntVector.fromMemorySegment(INT, tiles, field + 2L * SHORTS, ORDER);
        IntVector m0 = IntVector.fromMemorySegment(INT, tiles, field + 2L * rows, ORDER);
        IntVector m1 = IntVector.fromMemorySegment(INT, tiles, field + 2L * (rows + SHORTS), ORDER);
        FloatVector scale0 =
            d0.lanewise(VectorOperators.LSHL, shift)
                .lanewise(VectorOperators.ASHR, 3)
                .and(HALF_BITS)
                .reinterpretAsFloats()
                .mul(HALF_FACTOR);
        FloatVector scale1 =
            d1.lanewise(VectorOperators.LSHL, shift)
                .lanewise(VectorOperators.ASHR, 3)
                .and(HALF_BITS)
                .reinterpretAsFloats()
                .mul(HALF_FACTOR);
        FloatVector minimum0 =
            scale0.fma(
                FloatVector.broadcast(FLOAT, centre),
                m0.lanewise(VectorOperators.LSHL, shift)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(HALF_FACTOR));
        FloatVector minimum1 =
            scale1.fma(
                FloatVector.broadcast(FLOAT, centre),
                m1.lanewise(VectorOperators.LSHL, shift)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(HALF_FACTOR));
        int i = firstSum + s * rows + r;
        sum0 =
            ((FloatVector) IntVector.fromArray(INT, z, i).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(scale0, minimum0.fma(FloatVector.broadcast(FLOAT, inputs), sum0));
        sum1 =
            ((FloatVector) IntVector.fromArray(INT, z, i + FLOATS).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(scale1, minimum1.fma(FloatVector.broadcast(FLOAT, inputs), sum1));
        at += spanBytes;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + FLOATS);
    }
  }

  private static void pairs(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int rows,
      float centre,
      float[] scales,
      float[] scaledSums,
      int block,
      float[] headScale,
      float[] headMinimum,
      int[] z,
      int firstSum,
      float[] sums) {
    for (int r = 0; r < rows; r += 2 * FLOATS) {
      int within = r % (2 * SHORTS);
      int shift = within < SHORTS ? 0 : 16;
      FloatVector sum0 = FloatVector.fromArray(FLOAT, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOAT, sums, r + FLOATS);
      long at = from;
      for (int s = 0; s < spans; s++) {
        float dx = scales[block + s];
        float inputs = scaledSums[block + s];
        long field = at + 2L * (r - within);
        IntVector v0 =
            IntVector.fromMemorySegment(INT, tiles, field, ORDER)
                .lanewise(VectorOperators.LSHR, shift);
        IntVector v1 =
            IntVector.fromMemorySegment(INT, tiles, field + 2L * SHORTS, ORDER)
                .lanewise(VectorOperators.LSHR, shift);
        FloatVector scale0 =
            ((FloatVector) v0.and(0xff).convert(VectorOperators.I2F, 0))
                .mul(FloatVector.fromArray(FLOAT, headScale, r));
        FloatVector scale1 =
            ((FloatVector) v1.and(0xff).convert(VectorOperators.I2F, 0))
                .mul(FloatVector.fromArray(FLOAT, headScale, r + FLOATS));
        FloatVector minimum0 =
            scale0.fma(
                FloatVector.broadcast(FLOAT, centre),
                ((FloatVector)
                        v0.lanewise(VectorOperators.LSHR, 8)
                            .and(0xff)
                            .convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, headMinimum, r))
                    .neg());
        FloatVector minimum1 =
            scale1.fma(
                FloatVector.broadcast(FLOAT, centre),
                ((FloatVector)
                        v1.lanewise(VectorOperators.LSHR, 8)
                            .and(0xff)
                            .convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.fromArray(FLOAT, headMinimum, r + FLOATS))
                    .neg());
        int i = firstSum + s * rows + r;
        sum0 =
            ((FloatVector) IntVector.fromArray(INT, z, i).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(scale0, minimum0.fma(FloatVector.broadcast(FLOAT, inputs), sum0));
        sum1 =
            ((FloatVector) IntVector.fromArray(INT, z, i + FLOATS).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(scale1, minimum1.fma(FloatVector.broadcast(FLOAT, inputs), sum1));
        at += spanBytes;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + FLOATS);
    }
  }

  /** E8M0; z in one or two runs a span. */
  private static void powers(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int rows,
      int runs,
      float[] scales,
      int block,
      int[] z,
      int firstSum,
      float[] sums) {
    int second = runs == 2 ? rows : 0;
    int secondMask = runs == 2 ? -1 : 0;
    for (int r = 0; r < rows; r += 2 * FLOATS) {
      int within = r % (4 * FLOATS);
      int shift = 8 * (within / FLOATS);
      FloatVector sum0 = FloatVector.fromArray(FLOAT, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOAT, sums, r + FLOATS);
      long at = from;
      for (int s = 0; s < spans; s++) {
        FloatVector dx = FloatVector.broadcast(FLOAT, scales[block + s]);
        IntVector four = IntVector.fromMemorySegment(INT, tiles, at + r - within, ORDER);
        int i = firstSum + runs * s * rows + r;
        int j = i + second;
        sum0 =
            ((FloatVector)
                    IntVector.fromArray(INT, z, i)
                        .add(IntVector.fromArray(INT, z, j).and(secondMask))
                        .convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    four.lanewise(VectorOperators.LSHR, shift)
                        .and(0xff)
                        .lanewise(VectorOperators.LSHL, 23)
                        .reinterpretAsFloats()
                        .mul(0.5f),
                    sum0);
        sum1 =
            ((FloatVector)
                    IntVector.fromArray(INT, z, i + FLOATS)
                        .add(IntVector.fromArray(INT, z, j + FLOATS).and(secondMask))
                        .convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    four.lanewise(VectorOperators.LSHR, shift + 8)
                        .and(0xff)
                        .lanewise(VectorOperators.LSHL, 23)
                        .reinterpretAsFloats()
                        .mul(0.5f),
                    sum1);
        at += spanBytes;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + FLOATS);
    }
  }

  /** E4M3: two spans of 16 a block of inputs. */
  private static void eighths(
      MemorySegment tiles,
      long from,
      int spanBytes,
      int spans,
      int rows,
      float factor,
      float[] scales,
      int block,
      int[] z,
      int firstSum,
      float[] sums) {
    for (int r = 0; r < rows; r += 2 * FLOATS) {
      int within = r % (4 * FLOATS);
      int shift = 8 * (within / FLOATS);
      FloatVector sum0 = FloatVector.fromArray(FLOAT, sums, r);
      FloatVector sum1 = FloatVector.fromArray(FLOAT, sums, r + FLOATS);
      long at = from;
      for (int s = 0; s < spans; s++) {
        FloatVector dx = FloatVector.broadcast(FLOAT, scales[block + s / 2]);
        IntVector four = IntVector.fromMemorySegment(INT, tiles, at + r - within, ORDER);
        int i = firstSum + s * rows + r;
        sum0 =
            ((FloatVector) IntVector.fromArray(INT, z, i).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    four.lanewise(VectorOperators.LSHR, shift)
                        .and(0xff)
                        .lanewise(VectorOperators.LSHL, 20)
                        .reinterpretAsFloats()
                        .mul(factor),
                    sum0);
        sum1 =
            ((FloatVector) IntVector.fromArray(INT, z, i + FLOATS).convert(VectorOperators.I2F, 0))
                .mul(dx)
                .fma(
                    four.lanewise(VectorOperators.LSHR, shift + 8)
                        .and(0xff)
                        .lanewise(VectorOperators.LSHL, 20)
                        .reinterpretAsFloats()
                        .mul(factor),
                    sum1);
        at += spanBytes;
      }
      sum0.intoArray(sums, r);
      sum1.intoArray(sums, r + FLOATS);
    }
  }
}
