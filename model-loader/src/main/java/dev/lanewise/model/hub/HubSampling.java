package dev.lanewise.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.model.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The sampling that {@code generation_config.json} recommends, in the keys of GGUF. {@code
 * do_sample} has no effect: the file of a model that is published to be sampled from may well lack
 * it, and a temperature says more.
 */
public final class HubSampling {
  private static final long MAX_BYTES = 1 << 20;
  private static final Map<String, String> NUMBERS =
      Map.of(
          "temperature", "general.sampling.temp",
          "top_p", "general.sampling.top_p",
          "min_p", "general.sampling.min_p",
          "repetition_penalty", "general.sampling.penalty_repeat");

  private HubSampling() {}

  /**
   * What the file says; nothing if there is none.
   *
   * @throws ModelFormatException if it is not sound
   * @throws IOException if it cannot be read
   */
  public static Map<String, Object> read(Path folder) throws IOException {
    Path file = folder.resolve("generation_config.json");
    Map<String, Object> metadata = new LinkedHashMap<>();
    if (!Files.exists(file)) {
      return metadata;
    }
    JsonFields config = JsonFile.read(file, MAX_BYTES);
    NUMBERS.forEach(
        (name, key) -> {
          if (config.has(name)) {
            JsonNode value = config.node(name);
            if (!value.isNumber()) {
              throw config.error(name, "should be a number");
            }
            metadata.put(key, value.doubleValue());
          }
        });
    if (config.has("top_k")) {
      JsonNode count = config.node("top_k");
      if (!count.isIntegralNumber() || !count.canConvertToInt()) {
        throw config.error("top_k", "should be an integer");
      }
      metadata.put("general.sampling.top_k", count.longValue());
    }
    return metadata;
  }
}
