package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Which feed-forward blocks are skipped for one target.
 *
 * @param skipping the rule
 */
public record SkippingLevel(
    @JsonProperty(required = true) double target,
    @JsonProperty(required = true) double realised,
    @JsonProperty(required = true) double ofAllWeights,
    @JsonProperty(required = true) FfnSkipping skipping)
    implements SparsityLevel {
  /**
   * Takes the rule.
   *
   * @throws IllegalArgumentException if {@code target} is not between 0 and 1
   */
  public SkippingLevel {
    SparsityLevel.check(target);
  }

  @Override
  public Sparsity sparsity(List<float[]> upMeans, int neurons) {
    return skipping;
  }
}
