package dev.lanewise.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A field of a request's body, written {@code name=json}. */
record ExtraField(String name, JsonNode value) {
  /** Reads such a field. */
  static final class Converter implements ITypeConverter<ExtraField> {
    private static final ObjectMapper JSON =
        new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @Override
    public ExtraField convert(String text) {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw new TypeConversionException(
            "'%s' should be name=json, like top_k=40".formatted(text));
      }
      String name = text.substring(0, equals);
      if (name.equals("stream")) {
        throw new TypeConversionException("'stream' is set by --no-stream");
      }
      try {
        JsonNode value = JSON.readTree(text.substring(equals + 1));
        if (value.isMissingNode()) {
          throw new TypeConversionException("'%s' has no value".formatted(text));
        }
        return new ExtraField(name, value);
      } catch (JsonProcessingException malformed) {
        throw new TypeConversionException(
            "the value of '%s' is not JSON; texts need quotes: user='\"me\"'".formatted(text));
      }
    }
  }
}
