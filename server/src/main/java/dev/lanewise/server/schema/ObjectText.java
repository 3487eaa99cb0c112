package dev.lanewise.server.schema;

import static dev.lanewise.engine.grammar.Expression.Repeat.UNBOUNDED;

import dev.lanewise.engine.grammar.Expression;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The objects that {@code properties}, {@code required} and {@code additionalProperties} ask for.
 * Listed properties come in the order of the schema, others after them.
 */
final class ObjectText {
  private final Rules rules;
  private final Function<List<SchemaNode>, Expression> valueOf;

  /**
   * Describes objects.
   *
   * @param valueOf what schemas that all hold admit, {@link Texts#NOTHING} for {@code false}
   */
  ObjectText(Rules rules, Function<List<SchemaNode>, Expression> valueOf) {
    this.rules = rules;
    this.valueOf = valueOf;
  }

  /** A member that may come next, or several of the additional ones. */
  private record Slot(Expression text, boolean required) {}

  /** Names a part of the members of an object. */
  private record Part(Set<String> sources, int from, int to) {}

  Expression of(Keywords keywords) {
    PropertyKeywords properties = keywords.properties();
    requireSameProperties(properties);
    int least = keywords.count("minProperties", 0);
    int most = keywords.count("maxProperties", UNBOUNDED);
    if (most < least) {
      throw keywords.single().get("maxProperties").invalid("is less than 'minProperties'");
    }
    Map<String, List<SchemaNode>> listed = listed(properties);
    List<Slot> slots = slots(listed, properties.required());
    Expression additional = additional(properties, listed.keySet());
    if (additional.equals(Texts.NOTHING)) {
      requireCount(keywords, slots, slots.size(), least, most);
    } else if (slots.isEmpty()) {
      requireFewerThanTwo(keywords, least);
      return JsonText.object(Texts.separated(additional, JsonText.SEPARATOR, least, most));
    } else {
      requireCount(keywords, slots, UNBOUNDED, least, most);
      slots.add(new Slot(Texts.separated(additional, JsonText.SEPARATOR, 1, UNBOUNDED), false));
    }
    return JsonText.object(members(slots, least > 0, keywords.sources()));
  }

  /** Each {@code additionalProperties} is about all properties that are not beside it. */
  private static void requireSameProperties(PropertyKeywords properties) {
    for (PropertyKeywords.Additional additional : properties.additional()) {
      for (String name : properties.listed().keySet()) {
        if (!additional.beside().contains(name) && !additional.schema().isTrue()) {
          throw additional
              .schema()
              .invalid(
                  "holds together with another schema that lists the property '"
                      + name
                      + "', which is not supported: list it beside it too");
        }
      }
    }
  }

  /** The properties with a schema, and those that are required without having one. */
  private static Map<String, List<SchemaNode>> listed(PropertyKeywords properties) {
    Map<String, List<SchemaNode>> listed = new LinkedHashMap<>(properties.listed());
    List<SchemaNode> others = properties.schemasOfOthers();
    properties
        .required()
        .forEach(
            (name, where) -> {
              if (!listed.containsKey(name) && others.stream().anyMatch(SchemaNode::isFalse)) {
                throw where.invalid(
                    "requires a property that is not in 'properties', and"
                        + " 'additionalProperties' is false");
              }
              listed.putIfAbsent(name, others.isEmpty() ? List.of(SchemaNode.ANYTHING) : others);
            });
    return listed;
  }

  private List<Slot> slots(
      Map<String, List<SchemaNode>> listed, Map<String, SchemaNode> requiring) {
    List<Slot> slots = new ArrayList<>();
    for (Map.Entry<String, List<SchemaNode>> property : listed.entrySet()) {
      SchemaNode required = requiring.get(property.getKey());
      Expression value = valueOf.apply(property.getValue());
      if (!value.equals(Texts.NOTHING)) {
        slots.add(new Slot(JsonText.member(property.getKey(), value), required != null));
      } else if (required != null) {
        throw required.invalid("requires a property whose schema is false");
      }
    }
    return slots;
  }

  /**
   * One property that is not listed. Schemas that list properties and say nothing of others admit
   * no others here, since their authors hardly ever want some.
   */
  private Expression additional(PropertyKeywords properties, Set<String> listed) {
    if (properties.additional().isEmpty() && properties.list()) {
      return Texts.NOTHING;
    }
    return JsonText.member(OtherNames.than(listed), valueOf.apply(properties.schemasOfOthers()));
  }

  private static void requireCount(
      Keywords keywords, List<Slot> slots, int possible, int least, int most) {
    long required = slots.stream().filter(Slot::required).count();
    if (least > possible) {
      throw keywords.single().get("minProperties").invalid("asks for more than there can be");
    }
    if (most < required) {
      throw keywords.single().get("maxProperties").invalid("is less than the required properties");
    }
    if (least > Math.max(1, required)) {
      throw keywords
          .single()
          .get("minProperties")
          .invalid("is not supported beyond the number of required properties: require them");
    }
    if (most < possible) {
      throw keywords
          .single()
          .get("maxProperties")
          .invalid("is not supported below the number of properties that there can be");
    }
  }

  /** Two members may have the same name, and then count as one. */
  private static void requireFewerThanTwo(Keywords keywords, int least) {
    if (least > 1) {
      throw keywords
          .single()
          .get("minProperties")
          .invalid("is not supported above 1 where properties are not listed");
    }
  }

  /** Members with commas between those that are there. */
  private Expression members(List<Slot> slots, boolean some, Set<String> sources) {
    int first = 0;
    while (first < slots.size() && !slots.get(first).required()) {
      first++;
    }
    if (slots.isEmpty()) {
      return Expression.EMPTY;
    }
    if (first == slots.size()) {
      Expression members = some(slots, 0, slots.size(), sources);
      return some ? members : Expression.optional(members);
    }
    List<Expression> parts = new ArrayList<>();
    for (int i = 0; i < slots.size(); i++) {
      Expression text = slots.get(i).text();
      Expression member =
          i < first
              ? Texts.inOrder(text, JsonText.SEPARATOR)
              : i == first ? text : Texts.inOrder(JsonText.SEPARATOR, text);
      parts.add(slots.get(i).required() ? member : Expression.optional(member));
    }
    return new Expression.Sequence(parts);
  }

  /**
   * At least one of some optional members. Halves keep the grammar small: with one alternative for
   * each member that may be the first, it would grow with the square of their number.
   */
  private Expression some(List<Slot> slots, int from, int to, Set<String> sources) {
    if (to - from == 1) {
      return slots.get(from).text();
    }
    int middle = (from + to) >>> 1;
    Expression first = some(slots, from, middle, sources);
    Expression second =
        rules.of(
            new Part(sources, middle, to),
            sources.iterator().next(),
            () -> some(slots, middle, to, sources));
    return Texts.anyOf(
        Texts.inOrder(first, Expression.optional(Texts.inOrder(JsonText.SEPARATOR, second))),
        second);
  }
}
