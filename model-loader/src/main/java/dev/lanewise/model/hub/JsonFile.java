package dev.lanewise.model.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.model.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads JSON files of bounded size and depth, whose keys occur once. */
public final class JsonFile {
  private static final int MAX_DEPTH = 32;

  /** More than any chat template has. */
  private static final int MAX_STRING = 1 << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_STRING)
                          .build())
                  .build())
          .build();

  private JsonFile() {}

  /**
   * The object in a file.
   *
   * @param maxBytes a longer file is refused before it is read
   * @throws ModelFormatException if it is too long, malformed, or no object
   * @throws IOException if it cannot be read
   */
  public static JsonFields read(Path file, long maxBytes) throws IOException {
    try (JsonParser parser = parser(file, maxBytes)) {
      JsonNode root =
          MAPPER
              .readerFor(JsonNode.class)
              .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
              .readValue(parser);
      if (!(root instanceof ObjectNode object)) {
        throw new ModelFormatException(file, "file", "should be a JSON object");
      }
      return new JsonFields(file, "", object);
    } catch (JsonProcessingException malformed) {
      throw malformed(file, malformed);
    }
  }

  /** A parser of a file, as {@link #read}. */
  static JsonParser parser(Path file, long maxBytes) throws IOException {
    long bytes = Files.size(file);
    if (bytes > maxBytes) {
      throw new ModelFormatException(
          file, "file", "%d bytes; at most %d are read".formatted(bytes, maxBytes));
    }
    return MAPPER.createParser(file.toFile());
  }

  /** A value as it would be read. */
  static JsonNode node(Object value) {
    return MAPPER.valueToTree(value);
  }

  static ModelFormatException malformed(Path file, JsonProcessingException problem) {
    return new ModelFormatException(
        file, "file", "malformed JSON: " + problem.getOriginalMessage());
  }
}
