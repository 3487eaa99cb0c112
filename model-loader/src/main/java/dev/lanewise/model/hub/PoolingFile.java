package dev.lanewise.model.hub;

import dev.lanewise.model.UnsupportedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the states of tokens become the vector of a text: {@code 1_Pooling/config.json}, which the
 * Sentence Transformers library writes beside a model.
 */
final class PoolingFile {
  private static final String NAME = "1_Pooling/config.json";
  private static final String PREFIX = "pooling_mode_";
  private static final long MAX_BYTES = 1 << 16;

  /** As GGUF numbers them in {@code pooling_type}. */
  private static final Map<String, Long> TYPES =
      Map.of(
          PREFIX + "mean_tokens", 1L,
          PREFIX + "cls_token", 2L,
          PREFIX + "lasttoken", 3L);

  private PoolingFile() {}

  /**
   * The {@code pooling_type} of a folder; empty if it has no such file.
   *
   * @throws UnsupportedModel if it asks for another way, or for several
   * @throws dev.lanewise.model.ModelFormatException if it is no sound file
   * @throws IOException if it cannot be read
   */
  static Optional<Long> read(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonFields fields = JsonFile.read(file, MAX_BYTES);
    List<String> modes =
        fields.names().stream()
            .filter(name -> name.startsWith(PREFIX) && fields.optBool(name).orElse(false))
            .toList();
    if (modes.size() != 1 || !TYPES.containsKey(modes.getFirst())) {
      throw new UnsupportedModel(
          file,
          "pooling by " + String.join(" and ", modes),
          "one of " + String.join(", ", TYPES.keySet().stream().sorted().toList()));
    }
    return Optional.of(TYPES.get(modes.getFirst()));
  }
}
