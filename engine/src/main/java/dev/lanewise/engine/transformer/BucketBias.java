package dev.lanewise.engine.transformer;

import dev.lanewise.math.kernel.FloatKernels;
import java.util.List;

/**
 * A bias of each head and bucket of distances: small distances have a bucket each, larger ones
 * share buckets whose bounds grow like powers, up to a distance from which all share the last.
 *
 * <p>Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text
 * Transformer" (2020), section 2.1.
 */
final class BucketBias implements PositionBias {
  /** Keeps a logarithm that is a whole number from being rounded to the one below. */
  private static final double TOLERANCE = 1e-6;

  private final FloatKernels floats;
  private final int farthest;
  private final int row;

  /**
   * {@code [heads, row]} of each layer, or of all: by {@code key - query}, from {@code -farthest}
   * to {@code farthest}.
   */
  private final float[][] tables;

  /**
   * The biases of some buckets.
   *
   * @param weights {@code [buckets, heads]} of each layer, or one for all
   * @param farthest the distance from which all share a bucket; more than the number of buckets
   * @param bothWays whether keys after the query have half of the buckets; if not, they have the
   *     one of the query's own position, as they are not attended to
   */
  BucketBias(
      FloatKernels floats, List<float[]> weights, int heads, int farthest, boolean bothWays) {
    this.floats = floats;
    this.farthest = farthest;
    row = 2 * farthest + 1;
    tables = new float[weights.size()][];
    for (int layer = 0; layer < tables.length; layer++) {
      tables[layer] = table(weights.get(layer), heads, bothWays);
    }
  }

  private float[] table(float[] weights, int heads, boolean bothWays) {
    float[] table = new float[heads * row];
    int buckets = weights.length / heads;
    for (int distance = -farthest; distance <= farthest; distance++) {
      int bucket = bucket(distance, buckets, farthest, bothWays);
      for (int head = 0; head < heads; head++) {
        table[head * row + farthest + distance] = weights[bucket * heads + head];
      }
    }
    return table;
  }

  /** The bucket of a distance from query to key, of so many. */
  static int bucket(int distance, int buckets, int farthest, boolean bothWays) {
    int oneWay = bothWays ? buckets / 2 : buckets;
    int first = bothWays && distance > 0 ? oneWay : 0;
    int steps = bothWays ? Math.abs(distance) : Math.max(0, -distance);
    int exact = oneWay / 2;
    if (steps < exact) {
      return first + steps;
    }
    double way = Math.log((double) steps / exact) / Math.log((double) farthest / exact);
    int bucket = exact + (int) (way * (oneWay - exact) + TOLERANCE);
    return first + Math.min(bucket, oneWay - 1);
  }

  @Override
  public void add(int layer, int head, int query, int key, float[] scores, int at, int n) {
    float[] table = tables[tables.length == 1 ? 0 : layer];
    int start = head * row;
    int distance = key - query;
    int before = Math.clamp((long) -farthest - distance, 0, n);
    int end = Math.clamp((long) farthest + 1 - distance, before, n);
    addConstant(table[start], scores, at, before);
    if (end > before) {
      floats.add(scores, at + before, table, start + farthest + distance + before, end - before);
    }
    addConstant(table[start + row - 1], scores, at + end, n - end);
  }

  private static void addConstant(float constant, float[] x, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      x[i] += constant;
    }
  }
}
