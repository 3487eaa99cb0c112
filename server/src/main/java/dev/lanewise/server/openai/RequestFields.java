package dev.lanewise.server.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The fields of a JSON object, read with their types. A field that is absent and one that is null
 * are the same. Every error names the field.
 */
final class RequestFields {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private final String path;
  private final JsonNode object;

  private RequestFields(String path, JsonNode object) {
    this.path = path;
    this.object = object;
  }

  /** The fields of a request body. */
  static RequestFields parse(byte[] body) {
    JsonNode root;
    try {
      // Decoded here, since the parser takes some bytes for characters that are none.
      root = JSON.readTree(UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
    } catch (CharacterCodingException malformed) {
      throw ApiError.invalid(null, "The body is not valid UTF-8.");
    } catch (JsonProcessingException malformed) {
      throw ApiError.invalid(
          null,
          "The body is not valid JSON: %s%s."
              .formatted(malformed.getOriginalMessage(), place(malformed.getLocation())));
    }
    if (!root.isObject()) {
      throw ApiError.invalid(null, "The body must be a JSON object.");
    }
    requireUnicode("", root);
    return new RequestFields("", root);
  }

  /** Errors about limits of the parser, such as that of depth, come without a location. */
  private static String place(JsonLocation location) {
    return location == null
        ? ""
        : " (line %d, column %d)".formatted(location.getLineNr(), location.getColumnNr());
  }

  /** Escapes in JSON can make half a surrogate pair, which no model can read. */
  private static void requireUnicode(String path, JsonNode node) {
    if (node.isTextual() && !UTF_8.newEncoder().canEncode(node.textValue())) {
      throw ApiError.invalid(
          path, "'%s' has half a surrogate pair, which is no Unicode.".formatted(path));
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = field.getKey();
      requireUnicode(path.isEmpty() ? name : path + "." + name, field.getValue());
    }
    for (int i = 0; i < node.size() && node.isArray(); i++) {
      if (!node.get(i).isNumber()) { // of which there may be very many
        requireUnicode(path + "[" + i + "]", node.get(i));
      }
    }
  }

  /** The fields of an element of an array field. */
  static RequestFields element(String path, JsonNode node) {
    if (!node.isObject()) {
      throw ApiError.invalid(path, "'%s' must be an object.".formatted(path));
    }
    return new RequestFields(path + ".", node);
  }

  /** The full name of a field, for messages. */
  String name(String field) {
    return path + field;
  }

  /** Refuses fields that are none of {@code known}, naming the nearest of them. */
  void refuseUnknown(Collection<String> known) {
    object
        .fieldNames()
        .forEachRemaining(
            field -> {
              if (!known.contains(field)) {
                throw ApiError.invalid(
                    name(field),
                    "Unknown field '%s'; did you mean '%s'?"
                        .formatted(name(field), SpellingDistance.nearest(field, known)));
              }
            });
  }

  /** The raw value, if there is one other than null. */
  Optional<JsonNode> get(String field) {
    JsonNode value = object.get(field);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  Optional<String> text(String field) {
    return get(field)
        .map(
            value -> {
              require(value.isTextual(), field, "a string");
              return value.textValue();
            });
  }

  /** A string that is one of some. */
  Optional<String> oneOf(String field, List<String> allowed) {
    Optional<String> value = text(field);
    value.ifPresent(
        text -> require(allowed.contains(text), field, "one of " + String.join(", ", allowed)));
    return value;
  }

  /** A value that has to be there. */
  JsonNode required(String field) {
    return get(field)
        .orElseThrow(
            () -> ApiError.invalid(name(field), "'%s' is missing.".formatted(name(field))));
  }

  /** The fields of an object that has to be there. */
  RequestFields requiredObject(String field) {
    required(field);
    return object(field).orElseThrow();
  }

  /** A string that has to be there and is one of some. */
  String requiredOneOf(String field, List<String> allowed) {
    required(field);
    return oneOf(field, allowed).orElseThrow();
  }

  /** The members of a JSON object whose text has to be there. */
  Map<String, Object> requiredObjectText(String field) {
    return PlainJson.parse(requiredText(field))
        .filter(JsonNode::isObject)
        .map(PlainJson::map)
        .orElseThrow(
            () ->
                ApiError.invalid(
                    name(field), "'%s' must be the text of a JSON object.".formatted(name(field))));
  }

  /** A string that has to be there. */
  String requiredText(String field) {
    required(field);
    return text(field).orElseThrow();
  }

  /**
   * Token ids that have to be there.
   *
   * @param vocabulary how many tokens there are
   */
  int[] tokens(String field, int vocabulary) {
    JsonNode array = required(field);
    require(array.isArray(), field, "an array of token ids");
    return tokens(name(field), name(field), array, vocabulary);
  }

  /**
   * Token ids in an array.
   *
   * @param field the field that an error names
   * @param name where in the request the array is, for messages
   */
  static int[] tokens(String field, String name, JsonNode array, int vocabulary) {
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      JsonNode id = array.get(i);
      if (!id.isInt() || id.intValue() < 0 || id.intValue() >= vocabulary) {
        throw ApiError.invalid(
            field,
            "'%s[%d]' must be a token id from 0 to %d, not %s."
                .formatted(name, i, vocabulary - 1, shortened(id)));
      }
      ids[i] = id.intValue();
    }
    return ids;
  }

  boolean flag(String field, boolean absent) {
    return get(field)
        .map(
            value -> {
              require(value.isBoolean(), field, "true or false");
              return value.booleanValue();
            })
        .orElse(absent);
  }

  /** The fields of a field that is an object. */
  Optional<RequestFields> object(String field) {
    return get(field)
        .map(
            value -> {
              require(value.isObject(), field, "an object");
              return new RequestFields(name(field) + ".", value);
            });
  }

  /** The elements of a field that is an array of objects; none if it is absent. */
  List<RequestFields> objects(String field) {
    Optional<JsonNode> value = get(field);
    value.ifPresent(array -> require(array.isArray(), field, "an array"));
    List<RequestFields> elements = new ArrayList<>();
    for (int i = 0; i < value.map(JsonNode::size).orElse(0); i++) {
      elements.add(element("%s[%d]".formatted(name(field), i), value.get().get(i)));
    }
    return elements;
  }

  /** An array of up to {@code most} integers; empty if it is absent. */
  List<Integer> integers(String field, int most) {
    List<Integer> integers = new ArrayList<>();
    get(field)
        .ifPresent(
            array -> {
              String wanted = "an array of up to %d integers".formatted(most);
              require(array.isArray() && array.size() <= most, field, wanted);
              array.forEach(
                  element -> {
                    require(element.isInt(), field, wanted);
                    integers.add(element.intValue());
                  });
            });
    return integers;
  }

  /** The names of all fields, also of those that are null. */
  void forEachName(Consumer<String> action) {
    object.fieldNames().forEachRemaining(action);
  }

  /** The object itself. */
  JsonNode json() {
    return object;
  }

  OptionalInt integer(String field, int least, int most) {
    Optional<JsonNode> value = get(field);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    require(
        value.get().isIntegralNumber()
            && value.get().canConvertToLong()
            && value.get().longValue() >= least
            && value.get().longValue() <= most,
        field,
        most == Integer.MAX_VALUE
            ? least == Integer.MIN_VALUE ? "a 32-bit integer" : "an integer of at least " + least
            : "an integer from %d to %d".formatted(least, most));
    return OptionalInt.of(value.get().intValue());
  }

  OptionalLong seed(String field) {
    Optional<JsonNode> value = get(field);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    require(
        value.get().isIntegralNumber() && value.get().canConvertToLong(),
        field,
        "a 64-bit integer");
    return OptionalLong.of(value.get().longValue());
  }

  float number(String field, double least, double most, float absent) {
    Optional<JsonNode> value = get(field);
    if (value.isEmpty()) {
      return absent;
    }
    require(
        value.get().isNumber()
            && value.get().doubleValue() >= least
            && value.get().doubleValue() <= most,
        field,
        "a number from %s to %s".formatted(least, most));
    return value.get().floatValue();
  }

  /** The raw value, which is true, false or a number. */
  Optional<JsonNode> flagOrNumber(String field, double least, double most) {
    Optional<JsonNode> value = get(field);
    value.ifPresent(
        given ->
            require(
                given.isBoolean()
                    || given.isNumber()
                        && given.doubleValue() >= least
                        && given.doubleValue() <= most,
                field,
                "true, false or a number from %s to %s".formatted(least, most)));
    return value;
  }

  /** A string, or an array of {@code least} to {@code most} strings. */
  List<String> texts(String field, int most) {
    Optional<JsonNode> value = get(field);
    if (value.isEmpty()) {
      return List.of();
    }
    String wanted = "a string or an array of 1 to %d strings".formatted(most);
    if (value.get().isTextual()) {
      return List.of(value.get().textValue());
    }
    require(
        value.get().isArray() && !value.get().isEmpty() && value.get().size() <= most,
        field,
        wanted);
    List<String> texts = new ArrayList<>();
    for (JsonNode element : value.get()) {
      require(element.isTextual(), field, wanted);
      texts.add(element.textValue());
    }
    return texts;
  }

  /** The elements of a field that is an array of strings; none if it is absent. */
  List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    get(field)
        .ifPresent(
            array -> {
              require(array.isArray(), field, "an array of strings");
              array.forEach(
                  element -> {
                    require(element.isTextual(), field, "an array of strings");
                    texts.add(element.textValue());
                  });
            });
    return texts;
  }

  private void require(boolean holds, String field, String wanted) {
    if (!holds) {
      throw ApiError.invalid(
          name(field),
          "'%s' must be %s, not %s.".formatted(name(field), wanted, shortened(object.get(field))));
    }
  }

  private static String shortened(JsonNode value) {
    String text = value.toString();
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }
}
