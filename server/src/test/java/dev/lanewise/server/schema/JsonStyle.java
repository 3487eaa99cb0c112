package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;

/** Ways to write JSON that models have. */
enum JsonStyle {
  COMPACT("", ":", 0),
  SPACED(" ", ": ", 0),
  INDENTED_BY_2("", ": ", 2),
  INDENTED_BY_4("", ": ", 4);

  private final String afterComma;
  private final String colon;
  private final int indentation;

  JsonStyle(String afterComma, String colon, int indentation) {
    this.afterComma = afterComma;
    this.colon = colon;
    this.indentation = indentation;
  }

  String write(JsonNode value) {
    return write(value, 0);
  }

  private String write(JsonNode value, int level) {
    List<String> parts = new ArrayList<>();
    if (value.isObject()) {
      value
          .properties()
          .forEach(
              field ->
                  parts.add(
                      TextNode.valueOf(field.getKey())
                          + colon
                          + write(field.getValue(), level + 1)));
      return "{" + lines(parts, level) + "}";
    }
    if (value.isArray()) {
      value.forEach(element -> parts.add(write(element, level + 1)));
      return "[" + lines(parts, level) + "]";
    }
    return value.isBigDecimal() ? value.decimalValue().toPlainString() : value.toString();
  }

  private String lines(List<String> parts, int level) {
    if (indentation == 0 || parts.isEmpty()) {
      return String.join("," + afterComma, parts);
    }
    String line = "\n" + " ".repeat(Math.min(32, indentation * (level + 1)));
    return line
        + String.join("," + line, parts)
        + "\n"
        + " ".repeat(Math.min(32, indentation * level));
  }
}
