package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Exponential.C2;
import static dev.lanewise.math.kernel.Exponential.C3;
import static dev.lanewise.math.kernel.Exponential.C4;
import static dev.lanewise.math.kernel.Exponential.C5;
import static dev.lanewise.math.kernel.Exponential.C6;
import static dev.lanewise.math.kernel.Exponential.EXPONENT_SHIFT;
import static dev.lanewise.math.kernel.Exponential.LEAST;
import static dev.lanewise.math.kernel.Exponential.LOG2_E;
import static dev.lanewise.math.kernel.Exponential.MINUS_LN_2_HIGH;
import static dev.lanewise.math.kernel.Exponential.MINUS_LN_2_LOW;
import static dev.lanewise.math.kernel.Exponential.TO_INTEGER;
import static dev.lanewise.math.kernel.KvLayout.POSITIONS;
import static dev.lanewise.math.kernel.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link AttentionKernels} in vectors. Queries are taken by fours, which share the loads and the
 * unpacking of keys and values; three that are left count as four with the last one twice, and one
 * or two go alone. INT8 is unpacked to F32, once for all queries.
 */
final class VectorAttention implements AttentionKernels {
  private static final VectorSpecies<Float> FLOAT = Lanes.PANEL;
  private static final int LANES = FLOAT.length();

  private final ScalarAttention scalar = new ScalarAttention();

  @Override
  public void store(
      KvLayout layout,
      MemorySegment kv,
      long block,
      int position,
      float[] keys,
      int key,
      float[] values,
      int value) {
    scalar.store(layout, kv, block, position, keys, key, values, value);
  }

  @Override
  public void scores(
      KvLayout layout,
      MemorySegment kv,
      long block,
      float[] q,
      int queries,
      float[] scores,
      int at,
      int stride,
      MemorySegment unpacked) {
    int dims = layout.dims();
    boolean bf16 = layout.format() == KvFormat.BF16;
    MemorySegment keys = kv;
    long start = block;
    if (layout.format() == KvFormat.INT8) {
      unpack(kv, block, POSITIONS * dims, unpacked);
      keys = unpacked;
      start = 0;
    }
    int i = 0;
    for (; i + 3 <= queries; i += 4) {
      int last = Math.min(i + 3, queries - 1);
      int q0 = i * dims;
      int q3 = last * dims;
      int at0 = at + i * stride;
      int at1 = at0 + stride;
      int at2 = at1 + stride;
      int at3 = at + last * stride;
      if (bf16) {
        Bf16Attention.fourScores(
            keys, start, dims, q, q0, q0 + dims, q0 + 2 * dims, q3, scores, at0, at1, at2, at3);
      } else {
        F32Attention.fourScores(
            keys, start, dims, q, q0, q0 + dims, q0 + 2 * dims, q3, scores, at0, at1, at2, at3);
      }
    }
    for (; i < queries; i++) {
      if (bf16) {
        Bf16Attention.oneScore(keys, start, dims, q, i * dims, scores, at + i * stride);
      } else {
        F32Attention.oneScore(keys, start, dims, q, i * dims, scores, at + i * stride);
      }
    }
    if (layout.format() == KvFormat.INT8) {
      scale(kv, layout.keyScales(block), scores, at, stride, queries);
    }
  }

  @Override
  public void addValues(
      KvLayout layout,
      MemorySegment kv,
      long block,
      float[] weights,
      int at,
      int stride,
      int queries,
      float[] sums,
      MemorySegment unpacked) {
    int dims = layout.dims();
    boolean bf16 = layout.format() == KvFormat.BF16;
    MemorySegment values = kv;
    long start = layout.values(block);
    if (layout.format() == KvFormat.INT8) {
      scale(kv, layout.valueScales(block), weights, at, stride, queries);
      unpack(kv, start, POSITIONS * dims, unpacked);
      values = unpacked;
      start = 0;
    }
    int i = 0;
    for (; i + 3 <= queries; i += 4) {
      int last = Math.min(i + 3, queries - 1);
      int sum0 = i * dims;
      int sum3 = last * dims;
      int at0 = at + i * stride;
      int at1 = at0 + stride;
      int at2 = at1 + stride;
      int at3 = at + last * stride;
      if (bf16) {
        Bf16Attention.addFour(
            values,
            start,
            dims,
            weights,
            at0,
            at1,
            at2,
            at3,
            sums,
            sum0,
            sum0 + dims,
            sum0 + 2 * dims,
            sum3);
      } else {
        F32Attention.addFour(
            values,
            start,
            dims,
            weights,
            at0,
            at1,
            at2,
            at3,
            sums,
            sum0,
            sum0 + dims,
            sum0 + 2 * dims,
            sum3);
      }
    }
    for (; i < queries; i++) {
      if (bf16) {
        Bf16Attention.addOne(values, start, dims, weights, at + i * stride, sums, i * dims);
      } else {
        F32Attention.addOne(values, start, dims, weights, at + i * stride, sums, i * dims);
      }
    }
  }

  /** Codes to floats. Vectors of 4 floats would need 4 bytes, for which there is no vector. */
  private static void unpack(MemorySegment kv, long from, int n, MemorySegment floats) {
    if (LANES < 8) {
      for (int i = 0; i < n; i++) {
        floats.set(ValueLayout.JAVA_FLOAT, 4L * i, kv.get(ValueLayout.JAVA_BYTE, from + i));
      }
      return;
    }
    for (int i = 0; i < n; i += LANES) {
      ByteVector.fromMemorySegment(Int8Codes.SPECIES, kv, from + i, ORDER)
          .convertShape(VectorOperators.B2F, FLOAT, 0)
          .reinterpretAsFloats()
          .intoMemorySegment(floats, 4L * i, ORDER);
    }
  }

  /** As many bytes as there are float lanes, where there are at least 8. */
  private static final class Int8Codes {
    static final VectorSpecies<Byte> SPECIES =
        LANES == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
  }

  /** Multiplies rows of 32 by the scales of their positions. */
  private static void scale(
      MemorySegment kv, long scales, float[] x, int at, int stride, int rows) {
    for (int p = 0; p < POSITIONS; p += LANES) {
      FloatVector scale = FloatVector.fromMemorySegment(FLOAT, kv, scales + 4L * p, ORDER);
      for (int i = 0; i < rows; i++) {
        FloatVector.fromArray(FLOAT, x, at + i * stride + p)
            .mul(scale)
            .intoArray(x, at + i * stride + p);
      }
    }
  }

  /** Compares and blends: C2 compiles a loop-carried vector {@code max} to calls that box. */
  @Override
  public float max(float[] x, int offset, int n) {
    FloatVector most = FloatVector.fromArray(FLOAT, x, offset);
    for (int i = LANES; i < n; i += LANES) {
      FloatVector next = FloatVector.fromArray(FLOAT, x, offset + i);
      most = most.blend(next, next.compare(VectorOperators.GT, most));
    }
    return most.reduceLanes(VectorOperators.MAX);
  }

  @Override
  public float exponentials(float[] x, int offset, int n, float max, float[] lanes) {
    FloatVector sum = FloatVector.zero(FLOAT);
    for (int i = offset; i < offset + n; i += LANES) {
      FloatVector exponent = FloatVector.fromArray(FLOAT, x, i).sub(max);
      FloatVector shifted = exponent.mul(LOG2_E).add(TO_INTEGER);
      FloatVector k = shifted.sub(TO_INTEGER);
      FloatVector r = k.fma(FloatVector.broadcast(FLOAT, MINUS_LN_2_HIGH), exponent);
      r = k.fma(FloatVector.broadcast(FLOAT, MINUS_LN_2_LOW), r);
      FloatVector series =
          r.fma(FloatVector.broadcast(FLOAT, C6), FloatVector.broadcast(FLOAT, C5));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C4));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C3));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C2));
      series = series.fma(r, FloatVector.broadcast(FLOAT, 1));
      series = series.fma(r, FloatVector.broadcast(FLOAT, 1));
      FloatVector result =
          series
              .reinterpretAsInts()
              .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, EXPONENT_SHIFT))
              .reinterpretAsFloats();
      result = result.blend(0, exponent.compare(VectorOperators.LT, LEAST));
      result.intoArray(x, i);
      sum = sum.add(result);
    }
    sum.intoArray(lanes, 0);
    float total = 0;
    for (int lane = 0; lane < LANES; lane++) { // in a fixed order, which reduceLanes does not have
      total += lanes[lane];
    }
    return total;
  }
}
