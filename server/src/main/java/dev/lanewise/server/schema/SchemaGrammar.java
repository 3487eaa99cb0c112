package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.Grammar;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes grammars of JSON Schemas (draft 2020-12). What a grammar admits is valid against the
 * schema; it does not admit all that is: listed properties come in their order, and properties that
 * a schema does not list are admitted only if it says so.
 */
public final class SchemaGrammar {
  private final Alternatives alternatives;
  private final Rules rules = new Rules();
  private final ArrayText arrays = new ArrayText(schema -> valueOf(List.of(schema)));
  private final ObjectText objects = new ObjectText(rules, this::valueOf);
  private int nesting;

  private SchemaGrammar(JsonNode root) {
    alternatives = new Alternatives(root);
  }

  /**
   * The grammar of JSON texts that are valid against a schema.
   *
   * @throws InvalidSchema if the schema is malformed, too large, contradicts itself or uses what is
   *     not supported
   */
  public static Grammar of(JsonNode schema) {
    SchemaLimits.check(schema);
    SchemaGrammar grammar = new SchemaGrammar(schema);
    SchemaNode root = new SchemaNode(schema, "");
    if (root.isFalse()) {
      throw root.invalid("is false, which nothing satisfies");
    }
    return grammar.rules.grammar(grammar.valueOf(List.of(root)));
  }

  /** The grammar of all JSON objects. */
  public static Grammar anyObject() {
    return new Rules().grammar(JsonText.OBJECT);
  }

  /** The grammar of JSON objects with one member, a string of characters that are described. */
  public static Grammar objectOf(String member, Expression characters) {
    return new Rules()
        .grammar(JsonText.object(JsonText.member(member, JsonText.string(characters))));
  }

  /** The values that satisfy all of some schemas; {@link Texts#NOTHING} if one of them is false. */
  private Expression valueOf(List<SchemaNode> schemas) {
    if (schemas.stream().anyMatch(SchemaNode::isFalse)) {
      return Texts.NOTHING;
    }
    if (schemas.isEmpty()) {
      return JsonText.VALUE;
    }
    SchemaNode first = schemas.getFirst();
    if (++nesting > SchemaLimits.NESTING) {
      throw first.invalid("is nested more than " + SchemaLimits.NESTING + " levels deep");
    }
    List<Keywords> ways = alternatives.of(schemas);
    if (ways.isEmpty()) {
      throw first.invalid("is satisfied by nothing: its types or values exclude each other");
    }
    Expression value = ways.size() == 1 ? value(ways.getFirst()) : anyOf(ways, first.pointer());
    nesting--;
    return value;
  }

  private Expression anyOf(List<Keywords> ways, String pointer) {
    Set<Set<String>> key = new LinkedHashSet<>();
    ways.forEach(way -> key.add(way.sources()));
    return rules.of(key, pointer, () -> Texts.anyOf(ways.stream().map(this::value).toList()));
  }

  private Expression value(Keywords keywords) {
    if (keywords.sources().isEmpty()) {
      return JsonText.VALUE;
    }
    Set<String> key = keywords.sources();
    return rules.of(key, key.iterator().next(), () -> text(keywords));
  }

  private Expression text(Keywords keywords) {
    if (keywords.values().isPresent()) {
      requireValuesOnly(keywords);
      return Texts.anyOf(keywords.possibleValues().stream().map(JsonText::exactly).toList());
    }
    List<Expression> types = new ArrayList<>();
    for (JsonType type : keywords.writtenTypes()) {
      types.add(
          switch (type) {
            case OBJECT -> objects.of(keywords);
            case ARRAY -> arrays.of(keywords);
            case STRING -> StringText.of(keywords);
            case NUMBER -> NumberText.number(keywords);
            case INTEGER -> NumberText.integer(keywords);
            case BOOLEAN -> JsonText.BOOLEAN;
            case NULL -> JsonText.NULL;
          });
    }
    return Texts.anyOf(types);
  }

  /** Whether listed values satisfy other keywords is not looked into. */
  private static void requireValuesOnly(Keywords keywords) {
    List<JsonNode> values = keywords.possibleValues();
    keywords
        .single()
        .forEach(
            (name, node) -> {
              Set<JsonType> about = Set.of(Keywords.SINGLE.get(name));
              if (values.stream().anyMatch(value -> JsonType.includes(about, value))) {
                throw node.invalid(
                    "holds together with 'enum' or 'const', which is not supported: leave it out");
              }
            });
    boolean describesProperties = !keywords.properties().equals(PropertyKeywords.NONE);
    if (describesProperties && values.stream().anyMatch(JsonNode::isObject)) {
      throw new InvalidSchema(
          keywords.sources().iterator().next(),
          "has 'enum' or 'const' and describes properties, which is not supported together");
    }
  }
}
