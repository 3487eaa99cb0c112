package dev.lanewise.engine.transformer;

/**
 * Sums of values over some of the positions of a softmax that are not divided yet: rows of {@code
 * dims} sums, then the maximum of the scores, and the sum of {@code exp(score - maximum)}.
 *
 * <p>Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018), section 3.1.
 */
final class SoftmaxSums {
  /** Floats of a row beside the sums. */
  static final int EXTRA = 2;

  private SoftmaxSums() {}

  /** Makes the row at {@code at}. */
  static void put(float[] rows, int at, float[] sums, int from, int dims, float max, float total) {
    System.arraycopy(sums, from, rows, at, dims);
    rows[at + dims] = max;
    rows[at + dims + 1] = total;
  }

  /** Adds further positions to the row at {@code at}. */
  static void add(float[] rows, int at, float[] sums, int from, int dims, float max, float total) {
    if (total == 0) {
      return; // none of the positions is attended to
    }
    float before = rows[at + dims];
    float larger = Math.max(before, max);
    float kept = (float) Math.exp(before - larger);
    float added = (float) Math.exp(max - larger);
    for (int d = 0; d < dims; d++) {
      rows[at + d] = rows[at + d] * kept + sums[from + d] * added;
    }
    rows[at + dims] = larger;
    rows[at + dims + 1] = rows[at + dims + 1] * kept + total * added;
  }

  /**
   * Adds a score that has no value, as if there were a position whose value is 0.
   *
   * <p>Xiao et al., "Efficient Streaming Language Models with Attention Sinks" (2023), section 3.3.
   */
  static void addSink(float[] rows, int at, int dims, float sink) {
    float before = rows[at + dims];
    float larger = Math.max(before, sink);
    float kept = (float) Math.exp(before - larger);
    for (int d = 0; d < dims; d++) {
      rows[at + d] *= kept;
    }
    rows[at + dims] = larger;
    rows[at + dims + 1] = rows[at + dims + 1] * kept + (float) Math.exp(sink - larger);
  }

  /** The weighted mean of the values: {@code n} of the sums of a row, divided. */
  static void divide(float[] rows, int at, int dims, float[] out, int outOffset, int n) {
    float inverse = 1 / rows[at + dims + 1];
    for (int d = 0; d < n; d++) {
      out[outOffset + d] = rows[at + d] * inverse;
    }
  }
}
