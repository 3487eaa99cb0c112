package dev.lanewise.server.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.lanewise.server.openai.ApiError;
import dev.lanewise.server.openai.SpellingDistance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A line of the input. Its body stays as it was written, for the endpoint to read. */
final class BatchRequest {
  /** Bytes of the longest line that is read, as many as a server reads of a body. */
  static final int LONGEST_LINE = 8 << 20;

  private static final JsonFactory JSON = new JsonFactory();
  private static final List<String> KNOWN = List.of("custom_id", "method", "url", "body");

  private final String customId;
  private final Map<String, Value> fields;

  /** A value: the characters of a string, or the JSON of anything else. */
  private record Value(JsonToken type, String text) {}

  private BatchRequest(String customId, Map<String, Value> fields) {
    this.customId = customId;
    this.fields = fields;
  }

  /**
   * Reads a line.
   *
   * @throws InvalidLine if it is no JSON object, or does not say which one it is
   */
  static BatchRequest read(LineReader.Line line) throws InvalidLine {
    if (line.tooLong()) {
      throw InvalidLine.tooLong(LONGEST_LINE);
    }
    Map<String, Value> fields = fields(decode(line.bytes()));
    Value id = fields.get("custom_id");
    if (id == null || id.type != JsonToken.VALUE_STRING || id.text.isEmpty()) {
      throw InvalidLine.withoutId();
    }
    return new BatchRequest(id.text, fields);
  }

  /** The parser would take some bytes for characters that are none. */
  private static String decode(byte[] line) throws InvalidLine {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException malformed) {
      throw InvalidLine.malformed("The line is not valid UTF-8.");
    }
  }

  private static Map<String, Value> fields(String line) throws InvalidLine {
    Map<String, Value> fields = new HashMap<>();
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw InvalidLine.malformed("The line is not a JSON object.");
      }
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        Value value = value(json, line);
        if (!UTF_8.newEncoder().canEncode(name + value.text)) {
          throw InvalidLine.malformed("The line has half a surrogate pair, which is no Unicode.");
        }
        if (fields.put(name, value) != null) {
          throw InvalidLine.malformed("The line has the field '%s' twice.".formatted(name));
        }
      }
      if (json.nextToken() != null) {
        throw InvalidLine.malformed("The line has more than a JSON object.");
      }
      return fields;
    } catch (JsonProcessingException malformed) {
      throw InvalidLine.malformed(
          "The line is not valid JSON: %s.".formatted(malformed.getOriginalMessage()));
    } catch (IOException impossible) { // nothing but memory is read
      throw new UncheckedIOException(impossible);
    }
  }

  private static Value value(JsonParser json, String line) throws IOException {
    JsonToken type = json.nextToken();
    if (!type.isStructStart()) {
      return new Value(type, json.getText());
    }
    int start = (int) json.currentTokenLocation().getCharOffset();
    json.skipChildren();
    int end = (int) json.currentLocation().getCharOffset();
    return new Value(type, line.substring(start, end));
  }

  /** What tells it from all others. */
  String customId() {
    return customId;
  }

  /**
   * Checks all but the body.
   *
   * @throws ApiError 400 if a field is missing, not known or of the wrong type
   */
  void check() {
    for (String name : fields.keySet()) {
      if (!KNOWN.contains(name)) {
        throw ApiError.invalid(
            name,
            "Unknown field '%s'; did you mean '%s'?"
                .formatted(name, SpellingDistance.nearest(name, KNOWN)));
      }
    }
    require("method", JsonToken.VALUE_STRING, "a string");
    require("url", JsonToken.VALUE_STRING, "a string");
    require("body", JsonToken.START_OBJECT, "an object");
  }

  private void require(String field, JsonToken type, String wanted) {
    Value value = fields.get(field);
    if (value == null) {
      throw ApiError.invalid(field, "'%s' is missing.".formatted(field));
    }
    if (value.type != type) {
      throw ApiError.invalid(field, "'%s' must be %s.".formatted(field, wanted));
    }
  }

  /** The method of HTTP. */
  String method() {
    return fields.get("method").text;
  }

  /** The path of the endpoint. */
  String url() {
    return fields.get("url").text;
  }

  /** The body in JSON, as it was written. */
  byte[] body() {
    return fields.get("body").text.getBytes(UTF_8);
  }
}
