package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Changes one thing of a value, or a character of its text. */
final class Mutation {
  private static final String INSERTED = "0-\"\\{}[],:e.\n \u0001x";

  private final Random random;

  Mutation(Random random) {
    this.random = random;
  }

  String of(JsonNode value) {
    if (random.nextInt(4) > 0) {
      return JsonStyle.SPACED.write(changed(value));
    }
    StringBuilder text = new StringBuilder(JsonStyle.SPACED.write(value));
    int at = random.nextInt(text.length());
    if (random.nextBoolean()) {
      text.deleteCharAt(at);
    } else {
      text.insert(at, INSERTED.charAt(random.nextInt(INSERTED.length())));
    }
    return text.toString();
  }

  private JsonNode changed(JsonNode value) {
    if (value.isEmpty() || random.nextInt(4) == 0) {
      return other(value);
    }
    if (value instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = names.get(random.nextInt(names.size()));
      ObjectNode changed = object.deepCopy();
      switch (random.nextInt(5)) {
        case 0 -> changed.remove(name);
        case 1 -> changed.set("unlisted", scalar());
        default -> changed.set(name, changed(object.get(name)));
      }
      return changed;
    }
    ArrayNode changed = value.deepCopy();
    int index = random.nextInt(changed.size());
    switch (random.nextInt(5)) {
      case 0 -> changed.remove(index);
      case 1 -> {
        while (changed.size() < 7) {
          changed.add(changed.get(index));
        }
      }
      default -> changed.set(index, changed(changed.get(index)));
    }
    return changed;
  }

  private JsonNode other(JsonNode value) {
    if (value.isIntegralNumber() && random.nextBoolean()) {
      long sign = random.nextBoolean() ? 1 : -1;
      return LongNode.valueOf(value.longValue() + sign * random.nextLong(1, 200));
    }
    if (value.isNumber() && random.nextBoolean()) {
      return DoubleNode.valueOf(value.doubleValue() * random.nextInt(-3, 4) + 0.001);
    }
    if (value.isTextual() && random.nextInt(4) > 0) {
      String text = value.textValue();
      return TextNode.valueOf(
          random.nextBoolean() || text.isEmpty() ? text + "x😀-".repeat(4) : text.substring(1));
    }
    return scalar();
  }

  private JsonNode scalar() {
    return switch (random.nextInt(7)) {
      case 0 -> NullNode.instance;
      case 1 -> BooleanNode.valueOf(random.nextBoolean());
      case 2 -> LongNode.valueOf(random.nextLong(-500, 500));
      case 3 -> DoubleNode.valueOf(random.nextInt(-50, 50) / 8.0);
      case 4 -> TextNode.valueOf("other");
      case 5 -> JsonNodeFactory.instance.objectNode();
      default -> JsonNodeFactory.instance.arrayNode().add(1);
    };
  }
}
