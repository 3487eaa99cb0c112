package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Finds what {@code $ref} refers to: parts of the same schema, by JSON pointer (RFC 6901). */
final class References {
  private final SchemaNode root;

  References(JsonNode root) {
    this.root = new SchemaNode(root, "");
  }

  /**
   * The part of the schema that a reference names.
   *
   * @throws InvalidSchema if it names another schema, or nothing
   */
  SchemaNode target(SchemaNode reference) {
    String text = reference.json().asText();
    if (!reference.json().isTextual() || !text.equals("#") && !text.startsWith("#/")) {
      throw reference.invalid("must refer to a part of the same schema, such as #/$defs/name");
    }
    SchemaNode target = root;
    String[] tokens = text.split("/", -1);
    for (int i = 1; i < tokens.length; i++) {
      target = part(target, decoded(tokens[i], reference));
      if (target == null) {
        throw reference.invalid("refers to " + text + ", which is not there");
      }
    }
    return target;
  }

  /** The part of that name or index; null if there is none. */
  private static SchemaNode part(SchemaNode whole, String name) {
    if (whole.json().isArray() && name.matches("0|[1-9]\\d{0,4}")) {
      int index = Integer.parseInt(name);
      return index < whole.json().size() ? whole.at(index) : null;
    }
    return whole.has(name) ? whole.at(name) : null;
  }

  /** A part of a pointer without the escapes of fragments of URIs and of pointers. */
  private static String decoded(String token, SchemaNode reference) {
    try {
      return URLDecoder.decode(token.replace("+", "%2B"), StandardCharsets.UTF_8)
          .replace("~1", "/")
          .replace("~0", "~");
    } catch (IllegalArgumentException e) {
      throw reference.invalid("has a percent sign that encodes nothing");
    }
  }
}
