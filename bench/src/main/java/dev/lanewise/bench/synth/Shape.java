package dev.lanewise.bench.synth;

import dev.lanewise.model.config.ModelConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The sizes of a known model, after its published configuration.
 *
 * @param name what it is called on the command line
 * @param config its configuration
 * @param ropeStretch factor by which Llama 3 stretches long wavelengths ({@code
 *     rope_scaling.factor} of its configuration); 1 for models that do not
 */
public record Shape(String name, ModelConfig config, float ropeStretch) {
  /** All shapes. */
  public static List<Shape> all() {
    return KnownShapes.ALL;
  }

  /** The shape of a name. */
  public static Optional<Shape> named(String name) {
    return all().stream().filter(shape -> shape.name.equals(name)).findFirst();
  }

  /** The metadata that tells a reader of these sizes. */
  Map<String, Object> metadata() {
    return ConfigMetadata.of(config);
  }
}
