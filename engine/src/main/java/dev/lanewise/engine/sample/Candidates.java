package dev.lanewise.engine.sample;

import dev.lanewise.math.kernel.FloatKernels;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The tokens that may still be chosen, each with a weight: its logit at first, its probability
 * after {@link #normalise}. Fixed arrays with room for the whole vocabulary, so that a step
 * allocates nothing.
 *
 * <p>Nothing is sorted: a step keeps tens of tokens out of 50,000 to 150,000, which a heap or one
 * pass over buckets finds in a fraction of the time.
 */
final class Candidates {
  /** Buckets of probabilities by the upper bits of their floats: eight to each power of two. */
  private static final int BUCKET_SHIFT = 20;

  private static final int BUCKETS = Float.floatToRawIntBits(2) >>> BUCKET_SHIFT;

  private final FloatKernels floats;
  private final int[] tokens;
  private final float[] weights;
  private final double[] bucketMass = new double[BUCKETS];
  private int count;
  private double mass;

  /** Candidates with what they are sorted by in the upper half; empty until needed. */
  private long[] order = {};

  Candidates(FloatKernels floats, int vocabulary) {
    this.floats = floats;
    this.tokens = new int[vocabulary];
    this.weights = new float[vocabulary];
  }

  /** Takes all tokens, whose logits start at {@code from}. */
  void takeAll(float[] logits, int from) {
    count = tokens.length;
    System.arraycopy(logits, from, weights, 0, count);
    for (int token = 0; token < tokens.length; token++) {
      tokens[token] = token;
    }
  }

  /** Takes all tokens with a logit of at least {@code floor}. */
  void takeAbove(float floor, float[] logits, int from) {
    count = 0;
    int end = from + tokens.length;
    for (int i = floats.firstAtLeast(logits, from, end, floor);
        i < end;
        i = floats.firstAtLeast(logits, i + 1, end, floor)) {
      tokens[count] = i - from;
      weights[count++] = logits[i];
    }
  }

  /** Keeps the {@code limit} largest, if there are more. Of equal ones the lower token wins. */
  void keepLargest(int limit) {
    if (count <= limit) {
      return;
    }
    heapify(0, limit);
    for (int i = limit; i < count; i++) {
      if (weights[i] > weights[0]) {
        swap(i, 0);
        sink(0, 0, limit);
      }
    }
    count = limit;
  }

  /** Turns logits, of which {@code max} is the largest, into probabilities that add up to 1. */
  void normalise(float max, float temperature) {
    for (int i = 0; i < count; i++) {
      weights[i] = (weights[i] - max) / temperature; // at most 0, so that no temperature overflows
    }
    floats.softmax(weights, 0, count);
    mass = 1;
  }

  /**
   * Keeps the fewest likeliest tokens whose probabilities together reach {@code share}, which is
   * above 0.
   *
   * <p>Adds up the buckets from the likeliest down to the one where the share is reached; of that
   * one drops the least likely tokens that are not needed.
   */
  void keepNucleus(float share) {
    Arrays.fill(bucketMass, 0);
    for (int i = 0; i < count; i++) {
      bucketMass[bucket(i)] += weights[i];
    }
    int last = BUCKETS;
    double reached = 0;
    while (last > 0 && reached < share) {
      reached += bucketMass[--last];
    }
    int above = gather(0, last + 1, BUCKETS);
    int end = gather(above, last, last + 1);
    heapify(above, end - above);
    while (end > above && reached - weights[above] >= share) {
      reached -= weights[above];
      swap(above, --end);
      sink(above, 0, end - above);
    }
    count = end;
    mass = reached;
  }

  /**
   * Keeps the fewest tokens whose information, the logarithm of the inverse probability, is nearest
   * to its mean, that together reach {@code share}, which is above 0; makes their probabilities add
   * up to 1.
   */
  void keepTypical(float share) {
    if (order.length == 0) {
      order = new long[tokens.length];
    }
    double mean = 0;
    for (int i = 0; i < count; i++) {
      mean -= weights[i] > 0 ? weights[i] * Math.log(weights[i]) : 0;
    }
    for (int i = 0; i < count; i++) {
      float distance = (float) Math.abs(-Math.log(weights[i]) - mean);
      order[i] = (long) Float.floatToRawIntBits(distance) << Integer.SIZE | i;
    }
    Arrays.sort(order, 0, count);
    int kept = 0;
    double reached = 0;
    while (kept < count && reached < share) {
      int i = (int) order[kept];
      reached += weights[i];
      order[kept++] = i;
    }
    Arrays.sort(order, 0, kept); // in place: none moves up
    for (int i = 0; i < kept; i++) {
      tokens[i] = tokens[(int) order[i]];
      weights[i] = (float) (weights[(int) order[i]] / reached);
    }
    count = kept;
    mass = 1;
  }

  private int bucket(int i) {
    return Math.min(BUCKETS - 1, Float.floatToRawIntBits(weights[i]) >>> BUCKET_SHIFT);
  }

  /**
   * Moves the candidates at {@code start} or later whose bucket is in [from, to) there; returns
   * where they end.
   */
  private int gather(int start, int from, int to) {
    int end = start;
    for (int i = start; i < count; i++) {
      int bucket = bucket(i);
      if (bucket >= from && bucket < to) {
        swap(i, end++);
      }
    }
    return end;
  }

  /** Draws a token with a chance in proportion to its probability. */
  int draw(RandomGenerator random) {
    double point = random.nextDouble() * mass;
    int likeliest = 0;
    for (int i = 0; i < count; i++) {
      point -= weights[i];
      if (point < 0) {
        return tokens[i];
      }
      likeliest = weights[i] > weights[likeliest] ? i : likeliest;
    }
    return tokens[likeliest]; // the probabilities add up to a little less than they should
  }

  /** Makes a heap of {@code size} elements from {@code base} on, the least weight on top. */
  private void heapify(int base, int size) {
    for (int i = size / 2 - 1; i >= 0; i--) {
      sink(base, i, size);
    }
  }

  /** Moves element {@code i} of the heap down to where it belongs. */
  private void sink(int base, int i, int size) {
    int parent = i;
    for (int child = 2 * parent + 1; child < size; child = 2 * parent + 1) {
      if (child + 1 < size && weights[base + child + 1] < weights[base + child]) {
        child++;
      }
      if (weights[base + parent] <= weights[base + child]) {
        return;
      }
      swap(base + parent, base + child);
      parent = child;
    }
  }

  private void swap(int a, int b) {
    int token = tokens[a];
    tokens[a] = tokens[b];
    tokens[b] = token;
    float weight = weights[a];
    weights[a] = weights[b];
    weights[b] = weight;
  }
}
