package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Floating-point weights times F32 inputs. Four sums are enough where memory is the limit: they
 * take 16 bytes of BF16 a cycle with an FMA of 4 cycles. BF16 becomes F32 by a shift or an AND, F16
 * as in {@link ScaleKernel}. What fills panels calls operations by {@code lanewise}, as {@link
 * StripKernel512} says.
 */
final class WideKernel {
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int ROWS = 2 * SHORTS;
  private static final int F32_ROWS = 4 * SHORTS;
  private static final int HIGH_HALF = 0xffff0000;
  private static final int HALF_BITS = 0x8fffe000;
  private static final float HALF_FACTOR = 0x1p112f;

  private WideKernel() {}

  static void one(Matrix w, long tile, Inputs x, int column, ProductScratch scratch) {
    int first = column * x.stride();
    switch (w.layout().units()) {
      case BF16 -> bf16(w.tiles(), tile, x.floats(), first, w.cols(), scratch.sums);
      case F16 -> f16(w.tiles(), tile, x.floats(), first, w.cols(), scratch.sums);
      default -> f32(w.tiles(), tile, x.floats(), first, w.cols(), scratch.sums);
    }
  }

  private static void bf16(
      MemorySegment tiles, long from, float[] x, int first, int cols, float[] sums) {
    FloatVector low0 = FloatVector.zero(FLOAT);
    FloatVector low1 = low0;
    FloatVector high0 = low0;
    FloatVector high1 = low0;
    long at = from;
    int k = first;
    for (; k + 2 <= first + cols; k += 2) {
      FloatVector q = FloatVector.broadcast(FLOAT, x[k]);
      IntVector v0 = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
      IntVector v1 = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
      low0 = v0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(q, low0);
      high0 = v0.and(HIGH_HALF).reinterpretAsFloats().fma(q, high0);
      low1 = v1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(q, low1);
      high1 = v1.and(HIGH_HALF).reinterpretAsFloats().fma(q, high1);
      FloatVector p = FloatVector.broadcast(FLOAT, x[k + 1]);
      IntVector u0 = IntVector.fromMemorySegment(INT, tiles, at + 4L * SHORTS, ORDER);
      IntVector u1 = IntVector.fromMemorySegment(INT, tiles, at + 6L * SHORTS, ORDER);
      low0 = u0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(p, low0);
      high0 = u0.and(HIGH_HALF).reinterpretAsFloats().fma(p, high0);
      low1 = u1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(p, low1);
      high1 = u1.and(HIGH_HALF).reinterpretAsFloats().fma(p, high1);
      at += 8L * SHORTS;
    }
    if (k < first + cols) {
      FloatVector q = FloatVector.broadcast(FLOAT, x[k]);
      IntVector v0 = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
      IntVector v1 = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
      low0 = v0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(q, low0);
      high0 = v0.and(HIGH_HALF).reinterpretAsFloats().fma(q, high0);
      low1 = v1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(q, low1);
      high1 = v1.and(HIGH_HALF).reinterpretAsFloats().fma(q, high1);
    }
    low0.intoArray(sums, 0);
    low1.intoArray(sums, FLOATS);
    high0.intoArray(sums, 2 * FLOATS);
    high1.intoArray(sums, 3 * FLOATS);
  }

  private static void f16(
      MemorySegment tiles, long from, float[] x, int first, int cols, float[] sums) {
    FloatVector factor = FloatVector.broadcast(FLOAT, HALF_FACTOR);
    FloatVector low0 = FloatVector.zero(FLOAT);
    FloatVector low1 = low0;
    FloatVector high0 = low0;
    FloatVector high1 = low0;
    long at = from;
    int k = first;
    for (; k + 2 <= first + cols; k += 2) {
      FloatVector q = FloatVector.broadcast(FLOAT, x[k]);
      IntVector v0 = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
      IntVector v1 = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
      low0 =
          v0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(q, low0);
      high0 =
          v0.lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(q, high0);
      low1 =
          v1.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(q, low1);
      high1 =
          v1.lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(q, high1);
      FloatVector p = FloatVector.broadcast(FLOAT, x[k + 1]);
      IntVector u0 = IntVector.fromMemorySegment(INT, tiles, at + 4L * SHORTS, ORDER);
      IntVector u1 = IntVector.fromMemorySegment(INT, tiles, at + 6L * SHORTS, ORDER);
      low0 =
          u0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(p, low0);
      high0 =
          u0.lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(p, high0);
      low1 =
          u1.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(p, low1);
      high1 =
          u1.lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(p, high1);
      at += 8L * SHORTS;
    }
    if (k < first + cols) {
      FloatVector q = FloatVector.broadcast(FLOAT, x[k]);
      IntVector v0 = IntVector.fromMemorySegment(INT, tiles, at, ORDER);
      IntVector v1 = IntVector.fromMemorySegment(INT, tiles, at + 2L * SHORTS, ORDER);
      low0 =
          v0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(q, low0);
      high0 =
          v0.lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(q, high0);
      low1 =
          v1.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(q, low1);
      high1 =
          v1.lanewise(VectorOperators.ASHR, 3)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(factor)
              .fma(q, high1);
    }
    low0.intoArray(sums, 0);
    low1.intoArray(sums, FLOATS);
    high0.intoArray(sums, 2 * FLOATS);
    high1.intoArray(sums, 3 * FLOATS);
  }

  private static void f32(
      MemorySegment tiles, long from, float[] x, int first, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    FloatVector sum4 = sum0;
    FloatVector sum5 = sum0;
    FloatVector sum6 = sum0;
    FloatVector sum7 = sum0;
    long at = from;
    for (int k = first; k < first + cols; k++) {
      FloatVector q = FloatVector.broadcast(FLOAT, x[k]);
      sum0 = FloatVector.fromMemorySegment(FLOAT, tiles, at, ORDER).fma(q, sum0);
      sum1 = FloatVector.fromMemorySegment(FLOAT, tiles, at + 4L * FLOATS, ORDER).fma(q, sum1);
      sum2 = FloatVector.fromMemorySegment(FLOAT, tiles, at + 8L * FLOATS, ORDER).fma(q, sum2);
      sum3 = FloatVector.fromMemorySegment(FLOAT, tiles, at + 12L * FLOATS, ORDER).fma(q, sum3);
      sum4 = FloatVector.fromMemorySegment(FLOAT, tiles, at + 16L * FLOATS, ORDER).fma(q, sum4);
      sum5 = FloatVector.fromMemorySegment(FLOAT, tiles, at + 20L * FLOATS, ORDER).fma(q, sum5);
      sum6 = FloatVector.fromMemorySegment(FLOAT, tiles, at + 24L * FLOATS, ORDER).fma(q, sum6);
      sum7 = FloatVector.fromMemorySegment(FLOAT, tiles, at + 28L * FLOATS, ORDER).fma(q, sum7);
      at += 4L * F32_ROWS;
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, FLOATS);
    sum2.intoArray(sums, 2 * FLOATS);
    sum3.intoArray(sums, 3 * FLOATS);
    sum4.intoArray(sums, 4 * FLOATS);
    sum5.intoArray(sums, 5 * FLOATS);
    sum6.intoArray(sums, 6 * FLOATS);
    sum7.intoArray(sums, 7 * FLOATS);
  }

  /** Decodes {@code depth} inputs from {@code from} on to strips of F32 rows. */
  static void decode(Matrix w, long from, int depth, ProductScratch scratch) {
    switch (w.layout().units()) {
      case BF16 -> {
        for (int slot = 0; slot < ROWS; slot += SHORTS) {
          int row = ScaleKernel.firstRow(slot);
          bf16Rows(w.tiles(), from + 2L * slot, depth, row, scratch.panel);
        }
      }
      case F16 -> {
        for (int slot = 0; slot < ROWS; slot += SHORTS) {
          int row = ScaleKernel.firstRow(slot);
          f16Rows(w.tiles(), from + 2L * slot, depth, row, scratch.panel);
        }
      }
      default -> {
        for (int row = 0; row < F32_ROWS; row += FLOATS) {
          f32Rows(w.tiles(), from + 4L * row, depth, row, scratch.panel);
        }
      }
    }
  }

  private static void bf16Rows(MemorySegment tiles, long from, int depth, int row, float[] panel) {
    int low = Strips.at(row, 0, depth);
    int high = Strips.at(row + SHORTS, 0, depth);
    IntVector mask = IntVector.broadcast(INT, HIGH_HALF);
    for (int k = 0; k < depth; k++) {
      IntVector v = IntVector.fromMemorySegment(INT, tiles, from + 2L * k * ROWS, ORDER);
      v.lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(panel, low + k * Strips.ROWS);
      v.lanewise(VectorOperators.AND, mask)
          .reinterpretAsFloats()
          .intoArray(panel, high + k * Strips.ROWS);
    }
  }

  private static void f16Rows(MemorySegment tiles, long from, int depth, int row, float[] panel) {
    FloatVector factor = FloatVector.broadcast(FLOAT, HALF_FACTOR);
    IntVector mask = IntVector.broadcast(INT, HALF_BITS);
    int low = Strips.at(row, 0, depth);
    int high = Strips.at(row + SHORTS, 0, depth);
    for (int k = 0; k < depth; k++) {
      IntVector v = IntVector.fromMemorySegment(INT, tiles, from + 2L * k * ROWS, ORDER);
      v.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 3)
          .lanewise(VectorOperators.AND, mask)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.MUL, factor)
          .intoArray(panel, low + k * Strips.ROWS);
      v.lanewise(VectorOperators.ASHR, 3)
          .lanewise(VectorOperators.AND, mask)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.MUL, factor)
          .intoArray(panel, high + k * Strips.ROWS);
    }
  }

  private static void f32Rows(MemorySegment tiles, long from, int depth, int row, float[] panel) {
    int to = Strips.at(row, 0, depth);
    for (int k = 0; k < depth; k++) {
      FloatVector.fromMemorySegment(FLOAT, tiles, from + 4L * k * F32_ROWS, ORDER)
          .intoArray(panel, to + k * Strips.ROWS);
    }
  }
}
