package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Draws values that a schema asks for, properties in its order. Where that takes more than reading
 * it, the schema has {@code examples}.
 */
final class RandomInstance {
  /** Below it, alternatives and arrays lead no deeper. */
  private static final int DEPTH = 5;

  private static final String[] CHARACTERS = {
    "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u0001", "é", "漢", "😀", "{", ",", "\u007f"
  };

  private final JsonNode root;
  private final Random random;

  RandomInstance(JsonNode root, Random random) {
    this.root = root;
    this.random = random;
  }

  JsonNode next() {
    return of(root, 0);
  }

  private JsonNode of(JsonNode schema, int depth) {
    if (schema.has("examples")) {
      return any(schema.get("examples"));
    }
    if (schema.has("const")) {
      return schema.get("const");
    }
    if (schema.has("enum")) {
      return any(schema.get("enum"));
    }
    for (String alternatives : List.of("anyOf", "oneOf")) {
      if (schema.has(alternatives)) {
        JsonNode some = schema.get(alternatives);
        return of(with(schema, alternatives, depth > DEPTH ? scalar(some) : any(some)), depth);
      }
    }
    if (schema.has("$ref")) {
      return of(with(schema, "$ref", target(schema)), depth);
    }
    if (schema.has("allOf")) {
      JsonNode all = JsonNodeFactory.instance.objectNode();
      for (JsonNode part : schema.get("allOf")) {
        all = merged(all, part.has("$ref") ? target(part) : part);
      }
      return of(all, depth);
    }
    JsonNode type = schema.get("type");
    return switch ((type.isArray() ? any(type) : type).textValue()) {
      case "string" -> string(schema);
      case "integer" -> integer(schema);
      case "number" -> number(schema);
      case "boolean" -> BooleanNode.valueOf(random.nextBoolean());
      case "null" -> NullNode.instance;
      case "array" -> array(schema, depth);
      default -> object(schema, depth);
    };
  }

  private JsonNode any(JsonNode list) {
    return list.get(random.nextInt(list.size()));
  }

  /** The first alternative that leads no deeper. */
  private static JsonNode scalar(JsonNode alternatives) {
    for (JsonNode alternative : alternatives) {
      if (!alternative.has("$ref") && !alternative.has("properties")) {
        return alternative;
      }
    }
    return alternatives.get(0);
  }

  private JsonNode target(JsonNode schema) {
    return root.at(schema.get("$ref").textValue().substring("#".length()));
  }

  /** A schema without a keyword, and with what that stands for. */
  private static JsonNode with(JsonNode schema, String keyword, JsonNode meant) {
    ObjectNode rest = schema.deepCopy();
    rest.remove(keyword);
    return merged(rest, meant);
  }

  private static JsonNode merged(JsonNode a, JsonNode b) {
    ObjectNode both = a.deepCopy();
    for (Map.Entry<String, JsonNode> field : b.properties()) {
      JsonNode there = both.get(field.getKey());
      if (there instanceof ObjectNode fields && field.getKey().equals("properties")) {
        fields.setAll((ObjectNode) field.getValue().deepCopy());
      } else if (there instanceof ArrayNode names && field.getKey().equals("required")) {
        names.addAll((ArrayNode) field.getValue());
      } else {
        both.set(field.getKey(), field.getValue().deepCopy());
      }
    }
    return both;
  }

  private JsonNode string(JsonNode schema) {
    int least = schema.path("minLength").asInt(0);
    int most = schema.path("maxLength").asInt(20);
    int length =
        random.nextInt(3) == 0 ? most : random.nextInt(least, Math.min(most, least + 9) + 1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(CHARACTERS[random.nextInt(CHARACTERS.length)]);
    }
    return TextNode.valueOf(text.toString());
  }

  private JsonNode integer(JsonNode schema) {
    return LongNode.valueOf(between(schema, 0).longValueExact());
  }

  private JsonNode number(JsonNode schema) {
    BigDecimal number = between(schema, schema.has("multipleOf") ? 2 : 3);
    boolean whole = number.stripTrailingZeros().scale() <= 0;
    return whole && random.nextBoolean()
        ? IntNode.valueOf(number.intValueExact())
        : DecimalNode.valueOf(number);
  }

  /** With so many digits after the point; bounds themselves are drawn often. */
  private BigDecimal between(JsonNode schema, int scale) {
    BigDecimal step = BigDecimal.ONE.movePointLeft(scale);
    BigDecimal least = schema.path("minimum").decimalValue().setScale(scale, RoundingMode.CEILING);
    BigDecimal most = schema.path("maximum").decimalValue().setScale(scale, RoundingMode.FLOOR);
    if (schema.has("exclusiveMinimum")) {
      least = schema.get("exclusiveMinimum").decimalValue().setScale(scale).add(step);
    } else if (!schema.has("minimum")) {
      least = most.subtract(BigDecimal.valueOf(5_000));
    }
    if (schema.has("exclusiveMaximum")) {
      most = schema.get("exclusiveMaximum").decimalValue().setScale(scale).subtract(step);
    } else if (!schema.has("maximum")) {
      most = least.add(BigDecimal.valueOf(10_000));
    }
    long steps = most.subtract(least).movePointRight(scale).longValueExact();
    long from =
        switch (random.nextInt(4)) {
          case 0 -> 0;
          case 1 -> steps;
          default -> random.nextLong(steps + 1);
        };
    return least.add(step.multiply(BigDecimal.valueOf(from)));
  }

  private JsonNode array(JsonNode schema, int depth) {
    int listed = schema.path("prefixItems").size();
    JsonNode items = schema.path("items");
    int least = schema.path("minItems").asInt(0);
    int most = items.isObject() ? schema.path("maxItems").asInt(4) : listed;
    int size = depth > DEPTH ? least : random.nextInt(least, most + 1);
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < size; i++) {
      array.add(of(i < listed ? schema.get("prefixItems").get(i) : items, depth + 1));
    }
    return array;
  }

  private JsonNode object(JsonNode schema, int depth) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    List<String> required = schema.path("required").valueStream().map(JsonNode::textValue).toList();
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      if (required.contains(property.getKey()) || random.nextBoolean()) {
        object.set(property.getKey(), of(property.getValue(), depth + 1));
      }
    }
    if (schema.path("additionalProperties").isObject()) {
      int more = random.nextInt(schema.path("maxProperties").asInt(3) + 1);
      for (int i = 0; i < more; i++) {
        String name = new String[] {"abcd", "x", "", "b", "ac", "é y"}[random.nextInt(6)];
        object.set(name, of(schema.get("additionalProperties"), depth + 1));
      }
    }
    return object;
  }
}
