package dev.lanewise.server.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;

/** JSON as plain maps, lists, strings, numbers and booleans, which chat templates take. */
final class PlainJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
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

  /** Any value. */
  static Object value(JsonNode node) {
    return JSON.convertValue(node, Object.class);
  }
}
