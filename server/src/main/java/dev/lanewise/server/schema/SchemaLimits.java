package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** How large a schema may be, checked before anything is made of it. */
final class SchemaLimits {
  /** JSON values in the schema. */
  static final int NODES = 20_000;

  /** Levels of JSON within each other. */
  static final int DEPTH = 100;

  /** Properties of all objects together. */
  static final int PROPERTIES = 1_000;

  /** Values of all enumerations together. */
  static final int ENUM_VALUES = 1_000;

  /** Characters of a name of a property. */
  static final int NAME_LENGTH = 200;

  /** Characters of the JSON pointer of a part of the schema. */
  static final int POINTER_LENGTH = 2_000;

  /** Digits of a number when it is written without an exponent. */
  static final int NUMBER_DIGITS = 400;

  /** What minLength, maxItems and their like may be at most. */
  static final int REPETITIONS = 10_000;

  /** Schemas of the first elements of an array. */
  static final int PREFIX_ITEMS = 100;

  /** Alternatives of a schema, after those of its parts are multiplied out. */
  static final int ALTERNATIVES = 200;

  /** Levels of references, alternatives and {@code allOf} that lead to one another. */
  static final int INDIRECTION = 200;

  /** Steps of putting schemas together, about one for each pair of keywords that may meet. */
  static final int STEPS = 2_000_000;

  /** Levels of objects and arrays that are described without recursion. */
  static final int NESTING = 100;

  /** Expressions in the grammar. */
  static final int EXPRESSIONS = 200_000;

  private int nodes;
  private int properties;
  private int enumValues;

  private SchemaLimits() {}

  /**
   * Refuses a schema that is too large, or that has text that is not Unicode.
   *
   * @throws InvalidSchema if it is
   */
  static void check(JsonNode schema) {
    new SchemaLimits().visit(new SchemaNode(schema, ""), 0);
  }

  private void visit(SchemaNode node, int depth) {
    JsonNode json = node.json();
    require(++nodes <= NODES, "", "has more than " + NODES + " values");
    require(depth <= DEPTH, node.pointer(), "is nested more than " + DEPTH + " levels deep");
    require(
        node.pointer().length() <= POINTER_LENGTH,
        "",
        "has names of more than " + POINTER_LENGTH + " characters within each other");
    if (json.isObject()) {
      visitFields(node, depth);
    } else if (json.isArray()) {
      for (int i = 0; i < json.size(); i++) {
        visit(node.at(i), depth + 1);
      }
    } else if (json.isTextual()) {
      requireUnicode(json.textValue(), node.pointer());
    } else if (json.isNumber()) {
      requireFewDigits(node);
    }
  }

  private void visitFields(SchemaNode node, int depth) {
    properties += sizeIf(node, "properties", true);
    enumValues += sizeIf(node, "enum", false);
    require(properties <= PROPERTIES, "", "has more than " + PROPERTIES + " properties");
    require(enumValues <= ENUM_VALUES, "", "has more than " + ENUM_VALUES + " values in 'enum'");
    require(
        sizeIf(node, "prefixItems", false) <= PREFIX_ITEMS,
        node.pointer() + "/prefixItems",
        "has more than " + PREFIX_ITEMS + " schemas");
    for (Map.Entry<String, JsonNode> field : node.json().properties()) {
      String name = field.getKey();
      requireUnicode(name, node.pointer());
      require(
          name.length() <= NAME_LENGTH,
          node.pointer(),
          "has a name of more than " + NAME_LENGTH + " characters");
      visit(node.at(name), depth + 1);
    }
  }

  private static int sizeIf(SchemaNode node, String field, boolean object) {
    JsonNode json = node.has(field) ? node.json().get(field) : MissingNode.getInstance();
    return json.isObject() == object ? json.size() : 0;
  }

  private static void requireUnicode(String text, String pointer) {
    require(
        StandardCharsets.UTF_8.newEncoder().canEncode(text),
        pointer,
        "has half a surrogate pair, which is no Unicode");
  }

  private static void requireFewDigits(SchemaNode node) {
    JsonNode json = node.json();
    boolean finite = !json.isFloatingPointNumber() || Double.isFinite(json.doubleValue());
    BigDecimal value = finite ? json.decimalValue() : BigDecimal.ZERO;
    require(
        finite
            && value.precision() <= NUMBER_DIGITS
            && Math.abs((long) value.scale()) <= NUMBER_DIGITS,
        node.pointer(),
        "is a number of more than " + NUMBER_DIGITS + " digits");
  }

  private static void require(boolean condition, String pointer, String problem) {
    if (!condition) {
      throw new InvalidSchema(pointer, problem);
    }
  }
}
