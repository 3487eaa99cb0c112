package dev.lanewise.math.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The parts of attention over one block of cached keys and values at a time, for some queries that
 * share a KV head: scores, their exponentials, and sums of values with these as weights.
 *
 * <p>What is computed for a query does not depend on the queries beside it. Queries, weights and
 * sums are rows of {@link KvLayout#dims()} floats from the start of their arrays; elements beyond
 * the head's dimension are zeros.
 */
public interface AttentionKernels {
  /** The most floats of a vector. */
  int LANES = 16;

  /**
   * Stores the key and the value of one position of a block. BF16 are rounded to the nearest, ties
   * to even; INT8 to the nearest multiple of {@code max |x| / 127} of the key and of the value.
   *
   * @param block byte offset of the block
   * @param position within the block
   */
  void store(
      KvLayout layout,
      MemorySegment kv,
      long block,
      int position,
      float[] keys,
      int key,
      float[] values,
      int value);

  /**
   * {@code scores[at + i stride + p] = q[i] k[p]} for all positions p of a block.
   *
   * @param q {@code [queries, dims]}
   * @param unpacked room for {@code 32 dims} floats
   */
  void scores(
      KvLayout layout,
      MemorySegment kv,
      long block,
      float[] q,
      int queries,
      float[] scores,
      int at,
      int stride,
      MemorySegment unpacked);

  /** The largest of {@code x[offset..offset + n)}; n is a multiple of 32. */
  float max(float[] x, int offset, int n);

  /**
   * {@code x[offset..offset + n)} becomes {@code exp(x - max)}, 0 below e^-87; n is a multiple of
   * 32.
   *
   * @param lanes working memory, {@link #LANES} floats
   * @return the sum
   */
  float exponentials(float[] x, int offset, int n, float max, float[] lanes);

  /**
   * {@code sums[i] += sum over p of weights[at + i stride + p] v[p]} over all positions p of a
   * block.
   *
   * @param weights unspecified afterwards for these positions
   * @param sums {@code [queries, dims]}
   * @param unpacked room for {@code 32 dims} floats
   */
  void addValues(
      KvLayout layout,
      MemorySegment kv,
      long block,
      float[] weights,
      int at,
      int stride,
      int queries,
      float[] sums,
      MemorySegment unpacked);
}
