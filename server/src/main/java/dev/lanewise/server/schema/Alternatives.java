package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Resolves references and multiplies out {@code allOf}, {@code anyOf} and {@code oneOf}: a value
 * satisfies a schema if it satisfies one of its alternatives.
 */
final class Alternatives {
  private final References references;
  private final Set<String> following = new HashSet<>();
  private int indirection;
  private long spent;

  Alternatives(JsonNode root) {
    this.references = new References(root);
  }

  /**
   * The alternatives of schemas that all hold, none if nothing satisfies them. Those that no value
   * satisfies are left out as far as types and listed values show it.
   *
   * @throws InvalidSchema if a keyword is malformed or not supported
   */
  List<Keywords> of(List<SchemaNode> schemas) {
    List<Keywords> alternatives = List.of(Keywords.NONE);
    for (SchemaNode schema : schemas) {
      alternatives = both(alternatives, of(schema), schema);
    }
    return alternatives;
  }

  private List<Keywords> of(SchemaNode schema) {
    if (++indirection > SchemaLimits.INDIRECTION) {
      throw schema.invalid(
          "is reached over more than "
              + SchemaLimits.INDIRECTION
              + " references and alternatives in a row");
    }
    List<Keywords> alternatives = expanded(schema);
    indirection--;
    return alternatives;
  }

  private List<Keywords> expanded(SchemaNode schema) {
    if (schema.json().isBoolean()) {
      return schema.isFalse() ? List.of() : List.of(Keywords.NONE);
    }
    if (!schema.json().isObject()) {
      throw schema.invalid("must be a schema: an object or a boolean");
    }
    List<Keywords> alternatives = List.of(read(schema));
    if (schema.has("$ref")) {
      alternatives = both(alternatives, referenced(schema.at("$ref")), schema);
    }
    if (schema.has("allOf")) {
      for (SchemaNode part : parts(schema.at("allOf"))) {
        alternatives = both(alternatives, of(part), part);
      }
    }
    if (schema.has("anyOf")) {
      List<Keywords> any = new ArrayList<>();
      parts(schema.at("anyOf")).forEach(part -> any.addAll(of(part)));
      alternatives = both(alternatives, any, schema);
    }
    if (schema.has("oneOf")) {
      alternatives = oneOf(alternatives, schema.at("oneOf"));
    }
    return alternatives;
  }

  private List<Keywords> oneOf(List<Keywords> beside, SchemaNode oneOf) {
    List<Keywords> all = new ArrayList<>();
    for (SchemaNode part : parts(oneOf)) {
      List<Keywords> some = both(beside, of(part), part);
      for (Keywords one : some) {
        all.forEach(other -> spend(one.weight() * other.weight()));
        if (!all.stream().allMatch(other -> areDisjoint(one, other))) {
          throw part.invalid(
              "is not told apart from the alternatives before it by its type or by a required"
                  + " property with 'const' or 'enum': tell them apart, or use 'anyOf'");
        }
      }
      all.addAll(some);
    }
    return all;
  }

  /**
   * Whether types, listed values, or those of a property that both require show that no value
   * satisfies both.
   */
  private boolean areDisjoint(Keywords a, Keywords b) {
    if (a.excludes(b)) {
      return true;
    }
    boolean bothObjects = JsonType.common(a.types(), b.types()).equals(Set.of(JsonType.OBJECT));
    return bothObjects
        && a.properties().required().keySet().stream()
            .filter(b.properties().required()::containsKey)
            .anyMatch(
                name -> excludeEachOther(a.properties().listed(name), b.properties().listed(name)));
  }

  private boolean excludeEachOther(List<SchemaNode> some, List<SchemaNode> others) {
    return some.stream()
        .filter(one -> one.json().isObject())
        .map(this::read)
        .anyMatch(
            one ->
                others.stream()
                    .filter(other -> other.json().isObject())
                    .anyMatch(other -> one.excludes(read(other))));
  }

  private List<Keywords> both(List<Keywords> some, List<Keywords> others, SchemaNode where) {
    if ((long) some.size() * others.size() > SchemaLimits.ALTERNATIVES) {
      throw where.invalid("has more than " + SchemaLimits.ALTERNATIVES + " alternatives");
    }
    List<Keywords> both = new ArrayList<>();
    for (Keywords one : some) {
      for (Keywords other : others) {
        spend(one.weight() * other.weight());
        both.add(one.and(other));
      }
    }
    return both.stream().filter(Keywords::arePossible).toList();
  }

  private Keywords read(SchemaNode schema) {
    JsonNode json = schema.json();
    spend(
        json.size()
            + json.path("properties").size()
            + json.path("required").size()
            + json.path("enum").size());
    return KeywordReader.read(schema);
  }

  private void spend(long steps) {
    spent += 1 + steps;
    if (spent > SchemaLimits.STEPS) {
      throw new InvalidSchema(
          "", "takes too long to put together: it has too many references and alternatives");
    }
  }

  private static List<SchemaNode> parts(SchemaNode list) {
    if (!list.json().isArray() || list.json().isEmpty()) {
      throw list.invalid("must be an array of at least one schema");
    }
    List<SchemaNode> parts = new ArrayList<>();
    for (int i = 0; i < list.json().size(); i++) {
      parts.add(list.at(i));
    }
    return parts;
  }

  private List<Keywords> referenced(SchemaNode reference) {
    SchemaNode target = references.target(reference);
    if (!following.add(target.pointer())) {
      throw reference.invalid("refers to itself without anything between");
    }
    List<Keywords> alternatives = of(target);
    following.remove(target.pointer());
    return alternatives;
  }
}
