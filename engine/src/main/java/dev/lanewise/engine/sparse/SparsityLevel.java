package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Thresholds for one target, in a {@link SparsityFile}.
 *
 * @param target the share to leave out of what the method works on, more than 0 and less than 1
 * @param realised the share that was left out, in weights of the matrices the method works on
 * @param ofAllWeights the same in weights of all matrices of all blocks
 */
public record SparsityLevel(
    @JsonProperty(required = true) double target,
    @JsonProperty(required = true) double realised,
    @JsonProperty(required = true) double ofAllWeights,
    @JsonProperty(required = true) List<LayerLevel> layers) {
  /**
   * Takes the thresholds.
   *
   * @throws IllegalArgumentException if {@code target} is not between 0 and 1
   */
  public SparsityLevel {
    if (!(target > 0 && target < 1)) {
      throw new IllegalArgumentException("target " + target + " is not between 0 and 1");
    }
    layers = List.copyOf(layers);
  }
}
