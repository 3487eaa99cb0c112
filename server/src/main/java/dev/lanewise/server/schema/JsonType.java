package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The types of JSON Schema. Every integer is a number. */
enum JsonType {
  OBJECT,
  ARRAY,
  STRING,
  NUMBER,
  INTEGER,
  BOOLEAN,
  NULL;

  /** All values: numbers include the integers. */
  static final Set<JsonType> ALL =
      Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(INTEGER)));

  /**
   * The type of that name.
   *
   * @throws InvalidSchema if there is none
   */
  static JsonType named(SchemaNode name) {
    for (JsonType type : values()) {
      if (name.json().isTextual() && type.toString().equals(name.json().textValue())) {
        return type;
      }
    }
    throw name.invalid(
        "must be one of string, number, integer, boolean, null, object and array, not "
            + name.json());
  }

  /** The types of the values that are of a type of both sets. */
  static Set<JsonType> common(Set<JsonType> a, Set<JsonType> b) {
    Set<JsonType> common = EnumSet.noneOf(JsonType.class);
    for (JsonType type : values()) {
      if (includes(a, type) && includes(b, type)) {
        common.add(type);
      }
    }
    if (common.contains(NUMBER)) {
      common.remove(INTEGER);
    }
    return common;
  }

  /** Whether a value is of one of some types; 1.0 is an integer. */
  static boolean includes(Set<JsonType> types, JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> types.contains(OBJECT);
      case ARRAY -> types.contains(ARRAY);
      case STRING -> types.contains(STRING);
      case BOOLEAN -> types.contains(BOOLEAN);
      case NULL -> types.contains(NULL);
      case NUMBER ->
          types.contains(NUMBER)
              || types.contains(INTEGER) && value.decimalValue().stripTrailingZeros().scale() <= 0;
      case BINARY, MISSING, POJO -> false;
    };
  }

  private static boolean includes(Set<JsonType> types, JsonType type) {
    return types.contains(type) || type == INTEGER && types.contains(NUMBER);
  }

  /** Its name in schemas. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
