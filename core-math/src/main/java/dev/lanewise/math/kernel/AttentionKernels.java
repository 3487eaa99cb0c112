package dev.lanewise.math.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Attention of one query head over cached keys and values. Rows are {@code rowBytes} apart, one for
 * each position.
 */
public interface AttentionKernels {
  /**
   * {@code out = sum over i of softmax(scale q k[i]) v[i]}, over positions 0 to {@code positions} -
   * 1.
   *
   * @param kv holds keys and values in {@code format}
   * @param keys byte offset of the key of position 0
   * @param values byte offset of the value of position 0
   * @param headDim elements of q, of a key and of a value; even
   * @param scratch at least {@code positions + headDim + 16} floats
   */
  void attend(
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
      int outOffset);

  /** Stores {@code n} floats at a byte offset, rounded to the nearest (ties to even) for BF16. */
  void store(float[] x, int offset, MemorySegment kv, KvFormat format, long at, int n);
}
