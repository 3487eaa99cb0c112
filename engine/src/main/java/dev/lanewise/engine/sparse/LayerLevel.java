package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The thresholds of one block as a {@link SparsityFile} holds them, see {@link LayerThresholds}.
 *
 * @param neurons threshold on {@code |silu(gate)|} times the mean magnitude of {@code up}, where
 *     the file has that, and on {@code |silu(gate)|} where not
 */
public record LayerLevel(
    @JsonProperty(required = true) float query,
    @JsonProperty(required = true) float key,
    @JsonProperty(required = true) float value,
    @JsonProperty(required = true) float output,
    @JsonProperty(required = true) float gate,
    @JsonProperty(required = true) float up,
    @JsonProperty(required = true) float down,
    @JsonProperty(required = true) float neurons) {
  /**
   * Takes the thresholds.
   *
   * @throws IllegalArgumentException if one is negative or not a finite number
   */
  public LayerLevel {
    LayerThresholds.check("query", query);
    LayerThresholds.check("key", key);
    LayerThresholds.check("value", value);
    LayerThresholds.check("output", output);
    LayerThresholds.check("gate", gate);
    LayerThresholds.check("up", up);
    LayerThresholds.check("down", down);
    LayerThresholds.check("neurons", neurons);
  }

  /**
   * The thresholds to compute with.
   *
   * @param upMeans the mean magnitude of {@code up} for each neuron
   */
  LayerThresholds thresholds(float[] upMeans) {
    if (neurons == 0) {
      return ofInputs();
    }
    float[] ofNeurons = new float[upMeans.length];
    for (int i = 0; i < ofNeurons.length; i++) {
      ofNeurons[i] = Math.min(neurons / upMeans[i], Float.MAX_VALUE);
    }
    return new LayerThresholds(query, key, value, output, gate, up, down, ofNeurons);
  }

  /** The thresholds for the inputs of matrices alone. */
  public LayerThresholds ofInputs() {
    return new LayerThresholds(query, key, value, output, gate, up, down);
  }
}
