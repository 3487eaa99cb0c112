package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.KvLayout.POSITIONS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The definition of {@link AttentionKernels}. */
final class ScalarAttention implements AttentionKernels {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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
    float keyScale = 0;
    float valueScale = 0;
    if (layout.format() == KvFormat.INT8) {
      keyScale = scale(keys, key, layout.headDim());
      valueScale = scale(values, value, layout.headDim());
      kv.set(FLOAT, layout.keyScales(block) + 4L * position, keyScale);
      kv.set(FLOAT, layout.valueScales(block) + 4L * position, valueScale);
    }
    for (int d = 0; d < layout.headDim(); d++) {
      put(layout.format(), kv, layout.key(block, d, position), keys[key + d], keyScale);
      put(layout.format(), kv, layout.value(block, position, d), values[value + d], valueScale);
    }
  }

  private static void put(KvFormat format, MemorySegment kv, long at, float x, float scale) {
    switch (format) {
      case BF16 -> kv.set(SHORT, at, bfloat16(x));
      case INT8 -> kv.set(ValueLayout.JAVA_BYTE, at, code(x, scale));
      case F32 -> kv.set(FLOAT, at, x);
    }
  }

  private static float scale(float[] x, int offset, int n) {
    float max = 0;
    for (int i = offset; i < offset + n; i++) {
      max = Math.max(max, Math.abs(x[i]));
    }
    return max / 127;
  }

  /** The nearest code; 0 where the scale is so small that it has no accurate inverse. */
  private static byte code(float x, float scale) {
    return scale < Float.MIN_NORMAL ? 0 : (byte) Math.round(x / scale);
  }

  /** The nearest BF16, ties to even; a NaN stays one. */
  private static short bfloat16(float value) {
    int bits = Float.floatToIntBits(value);
    if (Float.isNaN(value)) {
      return (short) 0x7fc0;
    }
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }

  /** An element as it is stored, before its scale. */
  private static float get(KvFormat format, MemorySegment kv, long at) {
    return switch (format) {
      case BF16 -> Float.intBitsToFloat(kv.get(SHORT, at) << 16);
      case INT8 -> kv.get(ValueLayout.JAVA_BYTE, at);
      case F32 -> kv.get(FLOAT, at);
    };
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
    for (int i = 0; i < queries; i++) {
      for (int p = 0; p < POSITIONS; p++) {
        float sum = 0;
        for (int d = 0; d < layout.headDim(); d++) {
          sum += q[i * layout.dims() + d] * get(layout.format(), kv, layout.key(block, d, p));
        }
        scores[at + i * stride + p] =
            layout.format() == KvFormat.INT8
                ? sum * kv.get(FLOAT, layout.keyScales(block) + 4L * p)
                : sum;
      }
    }
  }

  @Override
  public float max(float[] x, int offset, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = offset; i < offset + n; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  @Override
  public float exponentials(float[] x, int offset, int n, float max, float[] lanes) {
    float sum = 0;
    for (int i = offset; i < offset + n; i++) {
      float exponent = x[i] - max;
      x[i] = exponent < Exponential.LEAST ? 0 : (float) Math.exp(exponent);
      sum += x[i];
    }
    return sum;
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
    for (int i = 0; i < queries; i++) {
      for (int p = 0; p < POSITIONS; p++) {
        float weight = weights[at + i * stride + p];
        if (layout.format() == KvFormat.INT8) {
          weight *= kv.get(FLOAT, layout.valueScales(block) + 4L * p);
        }
        for (int d = 0; d < layout.headDim(); d++) {
          sums[i * layout.dims() + d] +=
              weight * get(layout.format(), kv, layout.value(block, p, d));
        }
      }
    }
  }
}
