package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads and checks the keywords of one schema, other than references and alternatives. */
final class KeywordReader {
  /** Say nothing about values. {@code discriminator} is a hint of OpenAPI beside {@code oneOf}. */
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "example",
          "deprecated",
          "readOnly",
          "writeOnly",
          "discriminator",
          "$schema",
          "$comment",
          "$defs",
          "definitions");

  private static final Set<String> UNSUPPORTED =
      Set.of(
          "not",
          "if",
          "then",
          "else",
          "contains",
          "minContains",
          "maxContains",
          "patternProperties",
          "propertyNames",
          "dependencies",
          "dependentRequired",
          "dependentSchemas",
          "unevaluatedItems",
          "unevaluatedProperties",
          "additionalItems",
          "contentEncoding",
          "contentMediaType",
          "contentSchema",
          "$anchor",
          "$dynamicAnchor",
          "$dynamicRef",
          "$recursiveAnchor",
          "$recursiveRef",
          "$vocabulary");

  private KeywordReader() {}

  /**
   * What a schema says itself.
   *
   * @throws InvalidSchema if a keyword is malformed or not supported
   */
  static Keywords read(SchemaNode schema) {
    Keywords read = Keywords.NONE;
    for (Map.Entry<String, JsonNode> field : schema.json().properties()) {
      String keyword = field.getKey();
      if (!keyword.equals("additionalProperties")) {
        read = read.and(read(keyword, schema.at(keyword)));
      }
    }
    if (schema.has("additionalProperties")) {
      read =
          read.and(
              additional(schema.at("additionalProperties"), read.properties().listed().keySet()));
    }
    return read.equals(Keywords.NONE) ? read : read.from(schema.pointer());
  }

  private static Keywords read(String keyword, SchemaNode node) {
    JsonNode json = node.json();
    return switch (keyword) {
      case "type" -> Keywords.ofTypes(types(node));
      case "enum" -> {
        require(json.isArray() && !json.isEmpty(), node, "must be an array of at least one value");
        yield Keywords.ofValues(json.valueStream().toList());
      }
      case "const" -> Keywords.ofValues(List.of(json));
      case "properties" -> properties(node);
      case "required" -> required(node);
      case "$ref", "allOf", "anyOf", "oneOf" -> Keywords.NONE;
      case "$id" -> {
        require(
            node.parent().isEmpty(),
            node,
            "is supported at the root only: leave it out, and let '$ref' start at the root");
        yield Keywords.NONE;
      }
      case "uniqueItems" -> {
        require(json.isBoolean(), node, "must be a boolean");
        require(!json.booleanValue(), node, "is not supported: leave it out, or say false");
        yield Keywords.NONE;
      }
      default -> other(keyword, node);
    };
  }

  private static Keywords other(String keyword, SchemaNode node) {
    if (ANNOTATIONS.contains(keyword) || keyword.startsWith("x-")) {
      return Keywords.NONE;
    }
    if (Keywords.SINGLE.containsKey(keyword)) {
      checkSingle(keyword, node);
      return Keywords.ofSingle(keyword, node);
    }
    if (keyword.equals("nullable")) {
      throw node.invalid("is no JSON Schema: write \"type\": [..., \"null\"]");
    }
    throw node.invalid(
        UNSUPPORTED.contains(keyword) ? "is not supported" : "is not a known keyword");
  }

  private static void checkSingle(String keyword, SchemaNode node) {
    JsonNode json = node.json();
    switch (keyword) {
      case "pattern", "format" -> require(json.isTextual(), node, "must be a string");
      case "items" ->
          require(
              json.isObject() || json.isBoolean(),
              node,
              "must be a schema; the schemas of the first elements are 'prefixItems'");
      case "prefixItems" ->
          require(json.isArray() && !json.isEmpty(), node, "must be an array of schemas");
      case "multipleOf" ->
          require(
              json.isNumber() && json.decimalValue().signum() > 0,
              node,
              "must be a number above 0");
      case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum" ->
          require(json.isNumber(), node, "must be a number");
      default -> checkCount(keyword, node);
    }
  }

  private static void checkCount(String keyword, SchemaNode node) {
    JsonNode json = node.json();
    require(
        json.isIntegralNumber() && json.decimalValue().signum() >= 0,
        node,
        "must be an integer that is not negative");
    require(
        json.decimalValue().compareTo(BigDecimal.valueOf(SchemaLimits.REPETITIONS)) <= 0,
        node,
        "is above "
            + SchemaLimits.REPETITIONS
            + ", the most that is supported"
            + (keyword.startsWith("max") ? ": lower it or leave it out" : ""));
  }

  private static Set<JsonType> types(SchemaNode node) {
    if (!node.json().isArray()) {
      return EnumSet.of(JsonType.named(node));
    }
    require(!node.json().isEmpty(), node, "must name at least one type");
    Set<JsonType> types = EnumSet.noneOf(JsonType.class);
    for (int i = 0; i < node.json().size(); i++) {
      types.add(JsonType.named(node.at(i)));
    }
    return types;
  }

  private static Keywords properties(SchemaNode node) {
    require(node.json().isObject(), node, "must be an object of schemas");
    Map<String, List<SchemaNode>> properties = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.json().properties()) {
      properties.put(field.getKey(), List.of(node.at(field.getKey())));
    }
    return Keywords.of(PropertyKeywords.listed(properties));
  }

  private static Keywords required(SchemaNode node) {
    require(node.json().isArray(), node, "must be an array of names");
    Map<String, SchemaNode> required = new LinkedHashMap<>();
    for (int i = 0; i < node.json().size(); i++) {
      SchemaNode name = node.at(i);
      require(name.json().isTextual(), name, "must be the name of a property");
      required.put(name.json().textValue(), name);
    }
    return Keywords.of(PropertyKeywords.required(required));
  }

  private static Keywords additional(SchemaNode node, Set<String> beside) {
    require(
        node.json().isObject() || node.json().isBoolean(), node, "must be a schema or a boolean");
    return Keywords.of(PropertyKeywords.additional(node, beside));
  }

  private static void require(boolean condition, SchemaNode node, String problem) {
    if (!condition) {
      throw node.invalid(problem);
    }
  }
}
