package dev.lanewise.server.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a schema says about a value, without references and alternatives: the keywords of one
 * schema, or of several that all hold.
 *
 * @param sources the pointers of the schemas they come from
 * @param types the types the value may be of
 * @param values the values it may have, if they are listed
 * @param single keywords that one schema only may have, by name
 * @param properties what they say about the properties of objects
 */
record Keywords(
    Set<String> sources,
    Set<JsonType> types,
    Optional<List<JsonNode>> values,
    Map<String, SchemaNode> single,
    PropertyKeywords properties) {

  /** No conditions. */
  static final Keywords NONE =
      new Keywords(Set.of(), JsonType.ALL, Optional.empty(), Map.of(), PropertyKeywords.NONE);

  /** The types that {@link #single} keywords are about. */
  static final Map<String, JsonType> SINGLE =
      Map.ofEntries(
          Map.entry("minLength", JsonType.STRING),
          Map.entry("maxLength", JsonType.STRING),
          Map.entry("pattern", JsonType.STRING),
          Map.entry("format", JsonType.STRING),
          Map.entry("minimum", JsonType.NUMBER),
          Map.entry("maximum", JsonType.NUMBER),
          Map.entry("exclusiveMinimum", JsonType.NUMBER),
          Map.entry("exclusiveMaximum", JsonType.NUMBER),
          Map.entry("multipleOf", JsonType.NUMBER),
          Map.entry("items", JsonType.ARRAY),
          Map.entry("prefixItems", JsonType.ARRAY),
          Map.entry("minItems", JsonType.ARRAY),
          Map.entry("maxItems", JsonType.ARRAY),
          Map.entry("minProperties", JsonType.OBJECT),
          Map.entry("maxProperties", JsonType.OBJECT));

  private static final Comparator<JsonNode> BY_VALUE =
      (a, b) ->
          a.isNumber() && b.isNumber()
              ? a.decimalValue().compareTo(b.decimalValue())
              : a.equals(b) ? 0 : 1;

  /** One of some types. */
  static Keywords ofTypes(Set<JsonType> types) {
    return new Keywords(Set.of(), types, NONE.values, NONE.single, NONE.properties);
  }

  /** One of some values. */
  static Keywords ofValues(List<JsonNode> values) {
    return new Keywords(Set.of(), NONE.types, Optional.of(values), NONE.single, NONE.properties);
  }

  /** A keyword that one schema only may have. */
  static Keywords ofSingle(String name, SchemaNode node) {
    return new Keywords(Set.of(), NONE.types, NONE.values, Map.of(name, node), NONE.properties);
  }

  /** Conditions on properties. */
  static Keywords of(PropertyKeywords properties) {
    return new Keywords(Set.of(), NONE.types, NONE.values, NONE.single, properties);
  }

  /** The same, as the keywords of the schema at a pointer. */
  Keywords from(String pointer) {
    return new Keywords(Set.of(pointer), types, values, single, properties);
  }

  /** About how many conditions they are. */
  long weight() {
    return 1L
        + properties.listed().size()
        + properties.required().size()
        + values.map(List::size).orElse(0);
  }

  /** Whether some value is of a type and among the values that they ask for. */
  boolean arePossible() {
    return arePossible(types, values);
  }

  /** Whether types and listed values show that no value satisfies these and others. */
  boolean excludes(Keywords other) {
    return !arePossible(JsonType.common(types, other.types), common(values, other.values));
  }

  private static boolean arePossible(Set<JsonType> types, Optional<List<JsonNode>> values) {
    return values
        .map(some -> some.stream().anyMatch(value -> JsonType.includes(types, value)))
        .orElse(!types.isEmpty());
  }

  /** The listed values that are of the right type. */
  List<JsonNode> possibleValues() {
    return values.orElseThrow().stream().filter(value -> JsonType.includes(types, value)).toList();
  }

  /**
   * The types to write: without {@code type}, those that the other keywords are about, since a
   * schema that only has {@code properties} is meant to describe objects.
   */
  Set<JsonType> writtenTypes() {
    Set<JsonType> about = EnumSet.noneOf(JsonType.class);
    single.keySet().forEach(keyword -> about.add(SINGLE.get(keyword)));
    if (!properties.equals(PropertyKeywords.NONE)) {
      about.add(JsonType.OBJECT);
    }
    return types.equals(JsonType.ALL) && !about.isEmpty() ? about : types;
  }

  /** A count that a keyword asks for. */
  int count(String keyword, int otherwise) {
    SchemaNode count = single.get(keyword);
    return count == null ? otherwise : count.json().intValue();
  }

  /** A number that a keyword asks for. */
  Optional<BigDecimal> number(String keyword) {
    return Optional.ofNullable(single.get(keyword)).map(number -> number.json().decimalValue());
  }

  /**
   * These conditions and others.
   *
   * @throws InvalidSchema if that takes more than putting them together
   */
  Keywords and(Keywords other) {
    requireSameElements(single, other.single);
    Map<String, SchemaNode> allSingle = new LinkedHashMap<>(single);
    other.single.forEach((name, node) -> allSingle.merge(name, node, Keywords::same));
    Set<String> allSources = new LinkedHashSet<>(sources);
    allSources.addAll(other.sources);
    return new Keywords(
        allSources,
        JsonType.common(types, other.types),
        common(values, other.values),
        allSingle,
        properties.and(other.properties));
  }

  /** Whether a value is among some; 1 and 1.0 are the same number. */
  private static boolean contains(List<JsonNode> values, JsonNode value) {
    return values.stream().anyMatch(one -> one.equals(BY_VALUE, value));
  }

  private static Optional<List<JsonNode>> common(
      Optional<List<JsonNode>> a, Optional<List<JsonNode>> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() ? b : a;
    }
    return Optional.of(a.get().stream().filter(value -> contains(b.get(), value)).toList());
  }

  private static SchemaNode same(SchemaNode a, SchemaNode b) {
    if (!a.json().equals(b.json())) {
      throw b.invalid(
          "holds together with another value, that of " + a.pointer() + ", which is not supported");
    }
    return a;
  }

  /** {@code items} is about the elements after the {@code prefixItems} of the same schema. */
  private static void requireSameElements(
      Map<String, SchemaNode> some, Map<String, SchemaNode> others) {
    List<SchemaNode> elements = elements(some);
    List<SchemaNode> otherElements = elements(others);
    if (elements.isEmpty() || otherElements.isEmpty()) {
      return;
    }
    SchemaNode first = elements.getFirst();
    SchemaNode other = otherElements.getFirst();
    if (!first.parent().equals(other.parent()) && !elements.equals(otherElements)) {
      throw other.invalid("holds together with " + first.pointer() + ", which is not supported");
    }
  }

  private static List<SchemaNode> elements(Map<String, SchemaNode> single) {
    return Stream.of("prefixItems", "items").filter(single::containsKey).map(single::get).toList();
  }
}
