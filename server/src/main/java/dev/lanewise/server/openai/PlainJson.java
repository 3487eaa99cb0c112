package dev.lanewise.server.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** JSON as plain maps, lists, strings, numbers and booleans, which chat templates take. */
final class PlainJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final ObjectWriter SPACED =
      JSON.writer(
          new MinimalPrettyPrinter() {
            private static final long serialVersionUID = 1;

            @Override
            public void writeObjectFieldValueSeparator(JsonGenerator out) throws IOException {
              out.writeRaw(": ");
            }

            @Override
            public void writeObjectEntrySeparator(JsonGenerator out) throws IOException {
              out.writeRaw(", ");
            }

            @Override
            public void writeArrayValueSeparator(JsonGenerator out) throws IOException {
              out.writeRaw(", ");
            }
          });
  private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

  private PlainJson() {}

  /** The members of an object, in their order. */
  static Map<String, Object> map(JsonNode object) {
    return JSON.convertValue(object, MAP);
  }

  /** The value that a text spells; empty if it is not JSON. */
  static Optional<JsonNode> parse(String text) {
    try {
      return Optional.ofNullable(JSON.readTree(text));
    } catch (JsonProcessingException notJson) {
      return Optional.empty();
    }
  }

  /** The text of a value, with spaces as models are used to see them. */
  static String text(Object plain) {
    try {
      return SPACED.writeValueAsString(plain);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
