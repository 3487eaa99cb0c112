package dev.lanewise.engine.sample;

import dev.lanewise.math.kernel.FloatKernels;
import java.util.random.RandomGenerator;

/**
 * The tokens that may still be chosen, each with a weight: its scaled logit at first, its
 * probability after {@link #normalise}. Fixed arrays with room for the whole vocabulary, so that a
 * step allocates nothing.
 *
 * <p>Selections use a binary heap instead of sorting: a step keeps tens of tokens out of 50,000 to
 * 150,000.
 */
final class Candidates {
  private static final float SMALLEST_ON_TOP = 1;
  private static final float LARGEST_ON_TOP = -1;

  private final FloatKernels floats;
  private final int[] tokens;
  private final float[] weights;
  private int first;
  private int count;

  Candidates(FloatKernels floats, int vocabulary) {
    this.floats = floats;
    this.tokens = new int[vocabulary];
    this.weights = new float[vocabulary];
  }

  /**
   * Takes all tokens with a logit of at least {@code floor}; their weight is (logit - max) /
   * temperature.
   */
  void takeAbove(float[] logits, float floor, float max, float temperature) {
    first = 0;
    count = 0;
    for (int token = 0; token < tokens.length; token++) {
      if (logits[token] >= floor) {
        tokens[count] = token;
        weights[count++] = (logits[token] - max) / temperature;
      }
    }
  }

  /**
   * As {@link #takeAbove}, but at most the {@code limit} largest. Of equal logits the lower token
   * wins.
   */
  void takeLargest(int limit, float[] logits, float floor, float max, float temperature) {
    first = 0;
    count = 0;
    for (int token = 0; token < tokens.length; token++) {
      float logit = logits[token];
      if (logit < floor) {
        continue;
      }
      float weight = (logit - max) / temperature;
      if (count < limit) {
        tokens[count] = token;
        weights[count++] = weight;
        if (count == limit) {
          heapify(SMALLEST_ON_TOP);
        }
      } else if (weight > weights[0]) {
        tokens[0] = token;
        weights[0] = weight;
        sink(0, count, SMALLEST_ON_TOP);
      }
    }
  }

  /** Turns weights into probabilities that add up to 1. */
  void normalise() {
    floats.softmax(weights, first, count);
  }

  /**
   * Keeps the fewest likeliest tokens whose probabilities together reach {@code share}; at least
   * one.
   */
  void keepNucleus(float share) {
    dropUnlikely((1 - share) / count);
    heapify(LARGEST_ON_TOP);
    int left = count;
    double mass = 0;
    while (left > 0 && (mass < share || left == count)) {
      mass += weights[0];
      left--;
      swap(0, left); // the likeliest tokens collect behind the shrinking heap
      sink(0, left, LARGEST_ON_TOP);
    }
    first = left;
    count -= left;
  }

  /**
   * Drops tokens too unlikely for any nucleus: all of them together have less than what it leaves
   * out.
   */
  private void dropUnlikely(float least) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (weights[i] >= least) {
        tokens[kept] = tokens[i];
        weights[kept++] = weights[i];
      }
    }
    count = kept;
  }

  /** Draws a token with a chance in proportion to its weight. */
  int draw(RandomGenerator random) {
    double total = 0;
    int last = first;
    for (int i = first; i < first + count; i++) {
      total += weights[i];
      last = weights[i] > 0 ? i : last;
    }
    double point = random.nextDouble() * total;
    for (int i = first; i < last; i++) {
      point -= weights[i];
      if (point < 0) {
        return tokens[i];
      }
    }
    return tokens[last];
  }

  private void heapify(float order) {
    for (int i = count / 2 - 1; i >= 0; i--) {
      sink(i, count, order);
    }
  }

  /** Moves element {@code i} of a heap of {@code size} down to where it belongs. */
  private void sink(int i, int size, float order) {
    int parent = i;
    for (int child = 2 * parent + 1; child < size; child = 2 * parent + 1) {
      if (child + 1 < size && order * weights[child + 1] < order * weights[child]) {
        child++;
      }
      if (order * weights[parent] <= order * weights[child]) {
        return;
      }
      swap(parent, child);
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
