package dev.lanewise.engine.transformer;

/**
 * A bias of {@code -slope |key - query|}, with a slope for each head (ALiBi).
 *
 * <p>Press et al., "Train Short, Test Long: Attention with Linear Biases Enables Input Length
 * Extrapolation" (2022), section 3.
 */
final class LinearBias implements PositionBias {
  /** The least slope of a number of heads that is a power of two is 2 to the minus this. */
  private static final double LEAST = 8;

  private final float[] slopes;

  /**
   * The slopes of some heads: {@code 2^(-8 / n), 2^(-16 / n), ...} for n heads, if n is a power of
   * two. If not, those of the next smaller power of two, then every second one of the next larger.
   */
  LinearBias(int heads) {
    slopes = new float[heads];
    int power = Integer.highestOneBit(heads);
    for (int head = 0; head < heads; head++) {
      double step =
          head < power ? (head + 1.0) / power : (2 * (head - power) + 1.0) / (2.0 * power);
      slopes[head] = (float) Math.pow(2, -LEAST * step);
    }
  }

  float slope(int head) {
    return slopes[head];
  }

  @Override
  public void add(int layer, int head, int query, int key, float[] scores, int at, int n) {
    float slope = slopes[head];
    for (int i = 0; i < n; i++) {
      scores[at + i] -= slope * Math.abs(key + i - query);
    }
  }
}
