package dev.lanewise.engine;

import dev.lanewise.engine.transformer.HiddenStateReader;
import java.util.Arrays;

/**
 * The hidden states of a prompt as one vector. For the engine thread until the prompt is computed,
 * then for who waits for it.
 */
final class PooledStates implements HiddenStateReader {
  private final Pooling pooling;
  private final double[] pooled;

  /** How many states are in it. */
  private int count;

  /** Nothing yet, of states of {@code hidden} elements. */
  PooledStates(Pooling pooling, int hidden) {
    this.pooling = pooling;
    pooled = new double[hidden];
  }

  /** Forgets all: the prompt is computed from its beginning. */
  void clear() {
    Arrays.fill(pooled, 0);
    count = 0;
  }

  @Override
  public void next(float[] states, int from) {
    if (pooling == Pooling.CLS && count > 0) {
      return;
    }
    if (pooling == Pooling.LAST) {
      clear();
    }
    count++;
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] += states[from + i];
    }
  }

  /**
   * The first {@code dimensions} elements, scaled to the length 1, which makes the sum and the mean
   * the same. Zeros stay zeros.
   *
   * @throws IllegalStateException if they are not finite numbers
   */
  float[] unitVector(int dimensions) {
    double squares = 0;
    for (int i = 0; i < dimensions; i++) {
      squares += pooled[i] * pooled[i];
    }
    if (!Double.isFinite(squares)) {
      throw new IllegalStateException("the hidden states are not finite numbers");
    }
    double scale = squares == 0 ? 0 : 1 / Math.sqrt(squares);
    float[] vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) (scale * pooled[i]);
    }
    return vector;
  }
}
