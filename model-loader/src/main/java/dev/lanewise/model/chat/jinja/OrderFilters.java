package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Arguments.Bound;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters that compare elements with one another; texts without regard to case unless asked. */
final class OrderFilters {
  private OrderFilters() {}

  static Map<String, Filter> all() {
    return Map.of(
        "sort", OrderFilters::sort,
        "dictsort", OrderFilters::dictSort,
        "unique", OrderFilters::unique,
        "groupby", OrderFilters::groupBy,
        "min", (subject, arguments, run) -> extreme("min", subject, arguments, run),
        "max", (subject, arguments, run) -> extreme("max", subject, arguments, run));
  }

  private static UnaryOperator<Value> caseRule(boolean caseSensitive, Run run) {
    return value -> {
      run.spend(value.size());
      return value instanceof Text text && !caseSensitive ? Casing.lower(text) : value;
    };
  }

  private static Comparator<Value> order(boolean reverse, Run run) {
    return reverse
        ? (left, right) -> Comparison.order(right, left, run)
        : (left, right) -> Comparison.order(left, right, run);
  }

  /** The elements in the order of their keys, which are computed once each. */
  private static List<Value> sorted(
      List<Value> elements, UnaryOperator<Value> key, boolean reverse, Run run) {
    List<Map.Entry<Value, Value>> keyed = new ArrayList<>();
    for (Value element : elements) {
      keyed.add(Map.entry(key.apply(element), element));
    }
    keyed.sort(Map.Entry.comparingByKey(order(reverse, run)));
    return keyed.stream().map(Map.Entry::getValue).toList();
  }

  private static Value sort(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
    UnaryOperator<Value> rule = caseRule(bound.truth(1), run);
    List<AttributePath> paths = new ArrayList<>();
    if (bound.orNone(2) instanceof Text names) {
      for (String name : names.chars().split(",", -1)) {
        paths.add(AttributePath.of(Text.template(name)));
      }
    } else {
      paths.add(AttributePath.of(bound.orNone(2)));
    }
    UnaryOperator<Value> key =
        element ->
            Sequence.list(paths.stream().map(path -> rule.apply(path.of(element, run))).toList());
    return Sequence.list(sorted(Iteration.elements(subject, run), key, bound.truth(0), run));
  }

  private static Value dictSort(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
    if (!(subject instanceof Mapping mapping)) {
      throw new Fault("dictsort() needs a dict, not " + subject.typeName());
    }
    int part =
        switch (bound.text(1, Text.template("key")).chars()) {
          case "key" -> 0;
          case "value" -> 1;
          default -> throw new Fault("You can only sort by either \"key\" or \"value\"");
        };
    UnaryOperator<Value> rule = caseRule(bound.truth(0), run);
    UnaryOperator<Value> key = pair -> rule.apply(((Sequence) pair).elements().get(part));
    return Sequence.list(sorted(mapping.items(), key, bound.truth(2), run));
  }

  private static Value unique(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
    UnaryOperator<Value> rule = caseRule(bound.truth(0), run);
    AttributePath path = AttributePath.of(bound.orNone(1));
    Map<Value, Value> distinct = new LinkedHashMap<>();
    for (Value element : Iteration.elements(subject, run)) {
      distinct.putIfAbsent(Mapping.key(rule.apply(path.of(element, run))), element);
    }
    return new Generator(List.copyOf(distinct.values()));
  }

  private static Value groupBy(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("groupby", 1, "attribute", "default", "case_sensitive");
    UnaryOperator<Value> rule = caseRule(bound.truth(2), run);
    AttributePath path = AttributePath.of(bound.value(0));
    UnaryOperator<Value> grouper = element -> path.of(element, bound.value(1), run);
    List<Value> groups = new ArrayList<>();
    List<Value> group = new ArrayList<>();
    for (Value element :
        sorted(Iteration.elements(subject, run), e -> rule.apply(grouper.apply(e)), false, run)) {
      Value key = rule.apply(grouper.apply(element));
      if (!group.isEmpty()
          && !Comparison.equal(rule.apply(grouper.apply(group.getFirst())), key, run)) {
        groups.add(group(grouper, group));
        group = new ArrayList<>();
      }
      group.add(element);
    }
    if (!group.isEmpty()) {
      groups.add(group(grouper, group));
    }
    return Sequence.list(groups);
  }

  private static Value group(UnaryOperator<Value> grouper, List<Value> elements) {
    return new Sequence(
        Sequence.Kind.GROUP, List.of(grouper.apply(elements.getFirst()), Sequence.list(elements)));
  }

  private static Value extreme(String filter, Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind(filter, 0, "case_sensitive", "attribute");
    UnaryOperator<Value> rule = caseRule(bound.truth(0), run);
    AttributePath path = AttributePath.of(bound.orNone(1));
    List<Value> elements = Iteration.elements(subject, run);
    UnaryOperator<Value> key = element -> rule.apply(path.of(element, run));
    return elements.isEmpty()
        ? new Undefined("No aggregated item, sequence was empty.")
        : sorted(elements, key, filter.equals("max"), run).getFirst();
  }
}
