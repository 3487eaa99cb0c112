package dev.lanewise.math.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The definition of {@link AttentionKernels}. */
final class ScalarAttention implements AttentionKernels {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final FloatKernels floats;

  ScalarAttention(FloatKernels floats) {
    this.floats = floats;
  }

  @Override
  public void attend(
      float[] q,
      int qOffset,
      MemorySegment kv,
      KvFormat format,
      long keys,
      long values,
      long rowBytes,
      int positions,
      int headDim,
      float scale,
      float[] scratch,
      float[] out,
      int outOffset) {
    for (int i = 0; i < positions; i++) {
      float sum = 0;
      for (int d = 0; d < headDim; d++) {
        sum += q[qOffset + d] * load(kv, format, keys + i * rowBytes, d);
      }
      scratch[i] = sum * scale;
    }
    floats.softmax(scratch, 0, positions);
    Arrays.fill(out, outOffset, outOffset + headDim, 0);
    for (int i = 0; i < positions; i++) {
      for (int d = 0; d < headDim; d++) {
        out[outOffset + d] += scratch[i] * load(kv, format, values + i * rowBytes, d);
      }
    }
  }

  private static float load(MemorySegment kv, KvFormat format, long row, int d) {
    return switch (format) {
      case BF16 -> Float.intBitsToFloat(kv.get(SHORT, row + 2L * d) << 16);
      case F32 -> kv.get(FLOAT, row + 4L * d);
    };
  }

  @Override
  public void store(float[] x, int offset, MemorySegment kv, KvFormat format, long at, int n) {
    for (int i = 0; i < n; i++) {
      switch (format) {
        case BF16 -> kv.set(SHORT, at + 2L * i, bfloat16(x[offset + i]));
        case F32 -> kv.set(FLOAT, at + 4L * i, x[offset + i]);
      }
    }
  }

  /** The nearest BF16, ties to even; a NaN stays one. */
  private static short bfloat16(float value) {
    int bits = Float.floatToIntBits(value);
    if (Float.isNaN(value)) {
      return (short) 0x7fc0;
    }
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }
}
