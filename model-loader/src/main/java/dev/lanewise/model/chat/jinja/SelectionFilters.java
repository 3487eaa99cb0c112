package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Arguments.Bound;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Filters that go through elements: choosing some, mapping all, joining them. */
final class SelectionFilters {
  private SelectionFilters() {}

  static Map<String, Filter> all() {
    return Map.of(
        "map", SelectionFilters::map,
        "select", (subject, arguments, run) -> select(subject, arguments, run, true),
        "reject", (subject, arguments, run) -> select(subject, arguments, run, false),
        "selectattr", (subject, arguments, run) -> selectAttribute(subject, arguments, run, true),
        "rejectattr", (subject, arguments, run) -> selectAttribute(subject, arguments, run, false),
        "join", SelectionFilters::join,
        "sum", SelectionFilters::sum);
  }

  private static Value map(Value subject, Arguments arguments, Run run) {
    List<Value> results = new ArrayList<>();
    boolean byAttribute =
        arguments.positional().isEmpty() && arguments.named().containsKey("attribute");
    if (byAttribute) {
      Bound bound = arguments.bind("map", 0, "attribute", "default");
      AttributePath path = AttributePath.of(bound.value(0));
      for (Value element : Iteration.elements(subject, run)) {
        results.add(path.of(element, bound.value(1), run));
      }
    } else {
      String filter = name("map", "a filter", arguments);
      for (Value element : Iteration.elements(subject, run)) {
        results.add(Filters.apply(filter, element, arguments.tail(), run));
      }
    }
    return new Generator(results);
  }

  private static String name(String filter, String what, Arguments arguments) {
    if (arguments.positional().isEmpty()
        || !(arguments.positional().getFirst() instanceof Text name)) {
      throw new Fault(filter + "() needs the name of " + what);
    }
    return name.chars();
  }

  private static Value select(Value subject, Arguments arguments, Run run, boolean wanted) {
    Predicate<Value> test = test(arguments, run);
    return chosen(subject, run, element -> test.test(element) == wanted);
  }

  private static Value selectAttribute(
      Value subject, Arguments arguments, Run run, boolean wanted) {
    if (arguments.positional().isEmpty()) {
      throw new Fault("selectattr() and rejectattr() need the name of an attribute");
    }
    AttributePath path = AttributePath.of(arguments.positional().getFirst());
    Predicate<Value> test = test(arguments.tail(), run);
    return chosen(subject, run, element -> test.test(path.of(element, run)) == wanted);
  }

  private static Predicate<Value> test(Arguments arguments, Run run) {
    if (arguments.positional().isEmpty()) {
      return Value::truth;
    }
    String test = name("select", "a test", arguments);
    return value -> Tests.holds(test, value, arguments.tail(), run);
  }

  private static Value chosen(Value subject, Run run, Predicate<Value> condition) {
    List<Value> elements = subject.truth() ? Iteration.elements(subject, run) : List.of();
    return new Generator(elements.stream().filter(condition).toList());
  }

  private static Value join(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("join", 0, "d", "attribute");
    Text separator = Printer.text(bound.or(0, Text.EMPTY));
    AttributePath path = AttributePath.of(bound.orNone(1));
    TextBuilder result = new TextBuilder();
    boolean first = true;
    for (Value element : Iteration.elements(subject, run)) {
      result.append(first ? Text.EMPTY : separator);
      Printer.print(path.of(element, run), result);
      first = false;
    }
    return result.text();
  }

  private static Value sum(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("sum", 0, "attribute", "start");
    AttributePath path = AttributePath.of(bound.orNone(0));
    Value sum = bound.or(1, Int.of(0));
    for (Value element : Iteration.elements(subject, run)) {
      sum = Arithmetic.apply(Expression.Operator.ADD, sum, path.of(element, run), run);
      run.spend(sum.size());
    }
    return sum;
  }
}
