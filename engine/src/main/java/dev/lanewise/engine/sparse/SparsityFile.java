package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.model.config.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What was calibrated for a model, for several targets, as {@link SparsityJson} reads and writes
 * it.
 *
 * @param version {@link #VERSION}
 * @param target the most that can be asked for
 * @param tokens tokens of text that the model was calibrated on
 * @param perplexityBefore of that text, with nothing left out
 * @param perplexityAfter of that text, with what is left out for {@code target} at every position
 * @param neurons of the feed-forward part of a block
 * @param upMeans for each block and neuron the mean magnitude of {@code up}; empty if the method
 *     does without
 * @param levels what is left out for targets up to {@code target}, ascending
 */
public record SparsityFile(
    @JsonProperty(required = true) int version,
    @JsonProperty(required = true) CalibratedModel model,
    @JsonProperty(required = true) ThresholdMethod method,
    @JsonProperty(required = true) double target,
    @JsonProperty(required = true) int tokens,
    @JsonProperty(required = true) double perplexityBefore,
    @JsonProperty(required = true) double perplexityAfter,
    @JsonProperty(required = true) int neurons,
    @JsonProperty(required = true) List<float[]> upMeans,
    @JsonProperty(required = true) List<SparsityLevel> levels) {
  /** The version of the form that is read and written. */
  public static final int VERSION = 1;

  /** How far apart a target and a level may be for one to be the other. */
  private static final double SAME = 1e-9;

  /** Takes what was calibrated. */
  public SparsityFile {
    upMeans = List.copyOf(upMeans);
    levels = List.copyOf(levels);
  }

  /**
   * Reads a file for a model.
   *
   * @param sha256 what {@link ModelHash} makes of the model's file
   * @throws dev.lanewise.model.ModelFormatException if it is damaged or for another model
   * @throws IOException if it cannot be read
   */
  public static SparsityFile read(Path file, ModelConfig config, String sha256) throws IOException {
    return SparsityJson.read(file, config, sha256);
  }

  /**
   * Writes a file. A reader sees all of it or none.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    SparsityJson.write(this, file);
  }

  /**
   * What the {@link #level} for a target leaves out.
   *
   * @throws InvalidRequest if there is none, or the target is above that of the calibration
   */
  public Sparsity at(double target) {
    return level(target).sparsity(upMeans, neurons);
  }

  /**
   * The highest level that is not above a target.
   *
   * @throws InvalidRequest if there is none, or the target is above that of the calibration
   */
  SparsityLevel level(double target) {
    if (!(target <= this.target + SAME)) {
      throw new InvalidRequest(
          "sparsity",
          "%s asked for, but %s was calibrated for at most %s; calibrate it with --sparsity %s"
              .formatted(target, model.file(), this.target, target));
    }
    return levels.reversed().stream()
        .filter(candidate -> candidate.target() <= target + SAME)
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidRequest(
                    "sparsity",
                    "%s asked for, but the least that %s was calibrated for is %s"
                        .formatted(target, model.file(), levels.getFirst().target())));
  }

  /**
   * The thresholds of blocks with some neurons each.
   *
   * @param upMeans as in a file
   */
  public static Thresholds thresholds(List<LayerLevel> layers, List<float[]> upMeans, int neurons) {
    float[] ones = new float[neurons];
    Arrays.fill(ones, 1);
    List<LayerThresholds> thresholds = new ArrayList<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      float[] means = upMeans.isEmpty() ? ones : upMeans.get(layer);
      thresholds.add(layers.get(layer).thresholds(means));
    }
    return new Thresholds(thresholds);
  }
}
