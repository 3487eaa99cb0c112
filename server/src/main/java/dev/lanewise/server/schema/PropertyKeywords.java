package dev.lanewise.server.schema;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What schemas that all hold say about the properties of objects.
 *
 * @param list whether {@code properties} is there, perhaps empty
 * @param listed schemas that all hold for a property, by its name
 * @param required where a property is required, by its name
 * @param additional what other properties must be
 */
record PropertyKeywords(
    boolean list,
    Map<String, List<SchemaNode>> listed,
    Map<String, SchemaNode> required,
    List<Additional> additional) {

  /** No conditions. */
  static final PropertyKeywords NONE = new PropertyKeywords(false, Map.of(), Map.of(), List.of());

  /**
   * The schema of properties that are not among some.
   *
   * @param beside the names in the {@code properties} of the same schema
   */
  record Additional(SchemaNode schema, Set<String> beside) {}

  static PropertyKeywords listed(Map<String, List<SchemaNode>> listed) {
    return new PropertyKeywords(true, listed, Map.of(), List.of());
  }

  static PropertyKeywords required(Map<String, SchemaNode> required) {
    return new PropertyKeywords(false, Map.of(), required, List.of());
  }

  static PropertyKeywords additional(SchemaNode schema, Set<String> beside) {
    return new PropertyKeywords(
        false, Map.of(), Map.of(), List.of(new Additional(schema, Set.copyOf(beside))));
  }

  /** The schemas that are listed for a property. */
  List<SchemaNode> listed(String name) {
    return listed.getOrDefault(name, List.of());
  }

  /** The schemas that all hold for properties that are not listed. */
  List<SchemaNode> schemasOfOthers() {
    return additional.stream().map(Additional::schema).toList();
  }

  /** These conditions and others. */
  PropertyKeywords and(PropertyKeywords other) {
    Map<String, List<SchemaNode>> allListed = new LinkedHashMap<>(listed);
    other.listed.forEach(
        (name, schemas) -> allListed.merge(name, schemas, PropertyKeywords::concatenated));
    Map<String, SchemaNode> allRequired = new LinkedHashMap<>(required);
    other.required.forEach(allRequired::putIfAbsent);
    return new PropertyKeywords(
        list || other.list, allListed, allRequired, concatenated(additional, other.additional));
  }

  private static <T> List<T> concatenated(List<T> a, List<T> b) {
    return Stream.concat(a.stream(), b.stream()).distinct().toList();
  }
}
