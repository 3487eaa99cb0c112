package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Random;

/** Draws schemas, many of which contradict themselves. */
final class RandomSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String[] TYPES = {
    "string", "integer", "number", "boolean", "null", "array", "object"
  };
  private static final int DEFINITIONS = 3;
  private static final String[] NAMES = {"a", "ab", "b", "kind"};

  private final Random random;

  RandomSchema(Random random) {
    this.random = random;
  }

  JsonNode next() {
    ObjectNode definitions = JSON.objectNode();
    for (int i = 0; i < DEFINITIONS; i++) {
      definitions.set("d" + i, schema(2, i + 1));
    }
    ObjectNode root = schema(3, 0);
    root.set("$defs", definitions);
    return root;
  }

  /**
   * A schema.
   *
   * @param from the first definition it may refer to; those before may refer to it with nothing
   *     between
   */
  private ObjectNode schema(int depth, int from) {
    ObjectNode schema = JSON.objectNode();
    if (depth == 0 || random.nextInt(3) > 0) {
      addType(schema, TYPES[random.nextInt(depth == 0 ? 5 : 7)], depth);
    }
    if (random.nextInt(12) == 0) {
      schema.set("type", JSON.arrayNode().add("null").add(TYPES[random.nextInt(7)]));
    }
    if (depth > 0 && random.nextInt(3) == 0) {
      String[] combined = {"anyOf", "oneOf", "allOf"};
      ArrayNode parts = JSON.arrayNode();
      for (int i = random.nextInt(3); i >= 0; i--) {
        parts.add(part(depth - 1, from));
      }
      schema.set(combined[random.nextInt(3)], parts);
    }
    if (from < DEFINITIONS && random.nextInt(6) == 0) {
      schema.put("$ref", "#/$defs/d" + random.nextInt(from, DEFINITIONS));
    }
    return schema;
  }

  private JsonNode part(int depth, int from) {
    return random.nextInt(12) == 0 ? JSON.booleanNode(random.nextBoolean()) : schema(depth, from);
  }

  /** The schema of an element or property, which may refer to all definitions and the whole. */
  private JsonNode inside(int depth) {
    return random.nextInt(12) == 0 ? JSON.objectNode().put("$ref", "#") : part(depth, 0);
  }

  private void addType(ObjectNode schema, String type, int depth) {
    if (random.nextInt(5) > 0) {
      schema.put("type", type);
    }
    if (random.nextInt(6) == 0) {
      addValues(schema);
      return;
    }
    switch (type) {
      case "string" -> {
        maybe(schema, "minLength", random.nextInt(3));
        maybe(schema, "maxLength", random.nextInt(6));
      }
      case "integer", "number" -> {
        maybe(schema, "minimum", random.nextInt(-5, 5));
        maybe(schema, "maximum", random.nextInt(0, 9));
        if (random.nextInt(4) == 0) {
          schema.put("exclusiveMinimum", random.nextInt(-40, 40) / 8.0);
        }
      }
      case "array" -> addElements(schema, depth);
      case "object" -> addProperties(schema, depth);
      default -> {}
    }
  }

  private void addValues(ObjectNode schema) {
    JsonNode[] values = {
      JSON.textNode("x"), JSON.textNode("y"), JSON.numberNode(1), JSON.numberNode(1.0),
      JSON.numberNode(2.5), JSON.nullNode(), JSON.booleanNode(true), JSON.arrayNode().add(1),
      JSON.objectNode().put("a", 1)
    };
    if (random.nextBoolean()) {
      schema.set("const", values[random.nextInt(values.length)]);
    } else {
      ArrayNode some = JSON.arrayNode();
      for (int i = 0; i < 3; i++) {
        some.add(values[random.nextInt(values.length)]);
      }
      schema.set("enum", some);
    }
  }

  private void addElements(ObjectNode schema, int depth) {
    if (random.nextBoolean()) {
      schema.set("items", inside(depth - 1));
    }
    if (random.nextInt(3) == 0) {
      schema.set("prefixItems", JSON.arrayNode().add(inside(depth - 1)).add(inside(depth - 1)));
    }
    maybe(schema, "minItems", random.nextInt(3));
    maybe(schema, "maxItems", random.nextInt(4));
  }

  private void addProperties(ObjectNode schema, int depth) {
    if (random.nextInt(5) > 0) {
      ObjectNode properties = JSON.objectNode();
      for (String name : NAMES) {
        if (random.nextBoolean()) {
          properties.set(name, inside(depth - 1));
        }
      }
      schema.set("properties", properties);
    }
    if (random.nextBoolean()) {
      schema.set("required", JSON.arrayNode().add(NAMES[random.nextInt(NAMES.length)]));
    }
    if (random.nextInt(3) == 0) {
      schema.set("additionalProperties", inside(depth - 1));
    }
    maybe(schema, "minProperties", random.nextInt(3));
    maybe(schema, "maxProperties", random.nextInt(5));
  }

  private void maybe(ObjectNode schema, String keyword, int value) {
    if (random.nextInt(4) == 0) {
      schema.put(keyword, value);
    }
  }
}
