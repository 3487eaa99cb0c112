package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Expression.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** All tests, what stands behind {@code is}, by name. */
final class Tests {
  /** A test of a value. */
  @FunctionalInterface
  private interface Test {
    boolean holds(Value subject, Arguments arguments, Run run);
  }

  private static final Map<String, Test> TESTS = all();

  private Tests() {}

  private static Map<String, Test> all() {
    Map<String, Test> tests = new HashMap<>();
    addKinds(tests);
    addComparisons(tests);
    tests.put("odd", (subject, arguments, run) -> remainder(subject, Int.of(2), run) == 1);
    tests.put("even", (subject, arguments, run) -> remainder(subject, Int.of(2), run) == 0);
    tests.put(
        "divisibleby",
        (subject, arguments, run) ->
            remainder(subject, arguments.bind("divisibleby", 1, "num").value(0), run) == 0);
    tests.put("lower", (subject, arguments, run) -> Casing.isLower(handled(subject, run)));
    tests.put("upper", (subject, arguments, run) -> Casing.isUpper(handled(subject, run)));
    tests.put(
        "in",
        (subject, arguments, run) ->
            Comparison.contains(arguments.bind("in", 1, "seq").value(0), subject, run));
    tests.put(
        "sameas",
        (subject, arguments, run) -> same(subject, arguments.bind("sameas", 1, "other").value(0)));
    tests.put(
        "filter",
        (subject, arguments, run) -> subject instanceof Text name && Filters.exists(name.chars()));
    tests.put(
        "test", (subject, arguments, run) -> subject instanceof Text name && exists(name.chars()));
    return Map.copyOf(tests);
  }

  private static void addKinds(Map<String, Test> tests) {
    Map<String, Predicate<Value>> kinds =
        Map.ofEntries(
            Map.entry("defined", value -> !(value instanceof Undefined)),
            Map.entry("undefined", value -> value instanceof Undefined),
            Map.entry("none", value -> value instanceof None),
            Map.entry("string", value -> value instanceof Text),
            Map.entry("number", Numbers::isNumber),
            Map.entry("integer", value -> value instanceof Int),
            Map.entry("float", value -> value instanceof Real),
            Map.entry("boolean", value -> value instanceof Bool),
            Map.entry("true", value -> value instanceof Bool && value.truth()),
            Map.entry("false", value -> value instanceof Bool && !value.truth()),
            Map.entry("mapping", value -> value instanceof Mapping),
            Map.entry("iterable", Iteration::isIterable),
            Map.entry("sequence", Tests::isSequence),
            Map.entry("callable", value -> value instanceof Callable),
            Map.entry("escaped", value -> value instanceof Text text && text.isMarkup()));
    kinds.forEach(
        (name, kind) ->
            tests.put(
                name,
                (subject, arguments, run) -> {
                  arguments.bind(name, 0);
                  return kind.test(subject);
                }));
  }

  private static void addComparisons(Map<String, Test> tests) {
    Map<String, Comparator> comparisons =
        Map.ofEntries(
            Map.entry("eq", Comparator.EQUAL),
            Map.entry("equalto", Comparator.EQUAL),
            Map.entry("==", Comparator.EQUAL),
            Map.entry("ne", Comparator.NOT_EQUAL),
            Map.entry("!=", Comparator.NOT_EQUAL),
            Map.entry("lt", Comparator.LESS),
            Map.entry("lessthan", Comparator.LESS),
            Map.entry("<", Comparator.LESS),
            Map.entry("le", Comparator.LESS_OR_EQUAL),
            Map.entry("<=", Comparator.LESS_OR_EQUAL),
            Map.entry("gt", Comparator.GREATER),
            Map.entry("greaterthan", Comparator.GREATER),
            Map.entry(">", Comparator.GREATER),
            Map.entry("ge", Comparator.GREATER_OR_EQUAL),
            Map.entry(">=", Comparator.GREATER_OR_EQUAL));
    comparisons.forEach(
        (name, operator) ->
            tests.put(
                name,
                (subject, arguments, run) ->
                    Comparison.holds(
                        operator, subject, arguments.bind(name, 1, "other").value(0), run)));
  }

  static boolean exists(String name) {
    return TESTS.containsKey(name);
  }

  static boolean holds(String name, Value subject, Arguments arguments, Run run) {
    Test test = TESTS.get(name);
    if (test == null) {
      throw new Fault("No test named '" + name + "'.");
    }
    run.spend(1);
    return test.holds(subject, arguments, run);
  }

  private static Text handled(Value subject, Run run) {
    Text text = Printer.text(subject);
    run.spend(text.size());
    return text;
  }

  private static boolean isSequence(Value value) {
    return value instanceof Text
        || value instanceof Mapping
        || value instanceof Undefined
        || (value instanceof Sequence sequence && !sequence.kind().isView());
  }

  @SuppressWarnings("ReferenceEquality") // identity is what sameas asks for
  private static boolean same(Value left, Value right) {
    boolean word = left instanceof None || left instanceof Bool;
    return word ? left.getClass() == right.getClass() && left.equals(right) : left == right;
  }

  private static int remainder(Value subject, Value divisor, Run run) {
    Value remainder = Arithmetic.apply(Expression.Operator.MODULO, subject, divisor, run);
    if (!Numbers.isNumber(remainder)) {
      throw new Fault("not a number: '" + subject.typeName() + "'");
    }
    if (Numbers.compare(remainder, Int.of(0)) == 0) {
      return 0;
    }
    return Numbers.compare(remainder, Int.of(1)) == 0 ? 1 : -1;
  }
}
