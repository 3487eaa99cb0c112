package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Thresholds of activations for one target.
 *
 * @param layers one for each block of the model
 */
public record ThresholdLevel(
    @JsonProperty(required = true) double target,
    @JsonProperty(required = true) double realised,
    @JsonProperty(required = true) double ofAllWeights,
    @JsonProperty(required = true) List<LayerLevel> layers)
    implements SparsityLevel {
  /**
   * Takes the thresholds.
   *
   * @throws IllegalArgumentException if {@code target} is not between 0 and 1
   */
  public ThresholdLevel {
    SparsityLevel.check(target);
    layers = List.copyOf(layers);
  }

  @Override
  public Sparsity sparsity(List<float[]> upMeans, int neurons) {
    return SparsityFile.thresholds(layers, upMeans, neurons);
  }
}
