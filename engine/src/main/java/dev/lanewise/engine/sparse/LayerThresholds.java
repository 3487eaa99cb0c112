package dev.lanewise.engine.sparse;

/**
 * What counts as 0 in one block: of the inputs of a matrix those with {@code |x| < threshold}; 0
 * for none.
 *
 * @param neurons for each neuron of the feed-forward part, below what {@code |silu(gate)|} it
 *     counts as 0; empty for none
 */
public record LayerThresholds(
    float query,
    float key,
    float value,
    float output,
    float gate,
    float up,
    float down,
    float[] neurons) {
  private static final float[] NO_NEURONS = {};

  /** Thresholds for the inputs of matrices alone. */
  public LayerThresholds(
      float query, float key, float value, float output, float gate, float up, float down) {
    this(query, key, value, output, gate, up, down, NO_NEURONS);
  }

  /**
   * Takes thresholds as they are, without a copy.
   *
   * @throws IllegalArgumentException if one is negative or not a finite number
   */
  public LayerThresholds {
    check("query", query);
    check("key", key);
    check("value", value);
    check("output", output);
    check("gate", gate);
    check("up", up);
    check("down", down);
    for (float threshold : neurons) {
      check("neurons", threshold);
    }
  }

  static void check(String name, float threshold) {
    if (!(threshold >= 0 && threshold <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "%s has a threshold of %s, which must be finite and at least 0"
              .formatted(name, threshold));
    }
  }

  /** The threshold for the inputs of a matrix. */
  public float of(Projection projection) {
    return switch (projection) {
      case QUERY -> query;
      case KEY -> key;
      case VALUE -> value;
      case OUTPUT -> output;
      case GATE -> gate;
      case UP -> up;
      case DOWN -> down;
    };
  }
}
