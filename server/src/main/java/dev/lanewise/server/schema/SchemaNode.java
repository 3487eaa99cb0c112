package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;

/**
 * A part of a schema and where it is.
 *
 * @param pointer its JSON pointer (RFC 6901) from the root of the schema
 */
record SchemaNode(JsonNode json, String pointer) {
  /** The schema that everything satisfies. */
  static final SchemaNode ANYTHING = new SchemaNode(BooleanNode.TRUE, "");

  /** A field of this object. */
  SchemaNode at(String field) {
    String escaped = field.replace("~", "~0").replace("/", "~1");
    return new SchemaNode(json.get(field), pointer + "/" + escaped);
  }

  /** An element of this array. */
  SchemaNode at(int index) {
    return new SchemaNode(json.get(index), pointer + "/" + index);
  }

  /** The pointer of what it is in. */
  String parent() {
    return pointer.substring(0, pointer.lastIndexOf('/'));
  }

  boolean has(String field) {
    return json.has(field);
  }

  /** Whether it is the schema {@code false}, which nothing satisfies. */
  boolean isFalse() {
    return json.isBoolean() && !json.booleanValue();
  }

  /** Whether it is the schema {@code true}, which everything satisfies. */
  boolean isTrue() {
    return json.isBoolean() && json.booleanValue();
  }

  InvalidSchema invalid(String problem) {
    return new InvalidSchema(pointer, problem);
  }

  /** Whether it is the same part of the same schema, which is told without comparing contents. */
  @Override
  public boolean equals(Object other) {
    return other instanceof SchemaNode node && node.json == json && node.pointer.equals(pointer);
  }

  @Override
  public int hashCode() {
    return pointer.hashCode();
  }
}
