package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Expression.Comparator;
import java.util.List;

/** Python's comparisons. */
final class Comparison {
  private Comparison() {}

  static boolean holds(Comparator operator, Value left, Value right, Run run) {
    return switch (operator) {
      case EQUAL -> equal(left, right, run);
      case NOT_EQUAL -> !equal(left, right, run);
      case LESS -> order(operator.symbol, left, right, run) < 0;
      case LESS_OR_EQUAL -> order(operator.symbol, left, right, run) <= 0;
      case GREATER -> order(operator.symbol, left, right, run) > 0;
      case GREATER_OR_EQUAL -> order(operator.symbol, left, right, run) >= 0;
      case IN -> contains(right, left, run);
      case NOT_IN -> !contains(right, left, run);
    };
  }

  static boolean equal(Value left, Value right, Run run) {
    run.spend(Math.min(left.weight(), right.weight()));
    return left.equals(right);
  }

  /** Orders two values for sorting and {@code <}. */
  static int order(Value left, Value right, Run run) {
    return order("<", left, right, run);
  }

  private static int order(String symbol, Value left, Value right, Run run) {
    run.spend(1);
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return Numbers.compare(left, right);
    }
    if (left instanceof Text one && right instanceof Text other) {
      run.spend(Math.min(one.size(), other.size()));
      return one.compareTo(other);
    }
    if (left instanceof Sequence one
        && right instanceof Sequence other
        && !one.kind().isView()
        && one.kind().isTuple() == other.kind().isTuple()) {
      return order(symbol, one.elements(), other.elements(), run);
    }
    if (left instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.fault();
    }
    throw new Fault(
        "'"
            + symbol
            + "' not supported between instances of '"
            + left.typeName()
            + "' and '"
            + right.typeName()
            + "'");
  }

  private static int order(String symbol, List<Value> left, List<Value> right, Run run) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!equal(left.get(i), right.get(i), run)) {
        return order(symbol, left.get(i), right.get(i), run);
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  /** {@code element in container}. */
  static boolean contains(Value container, Value element, Run run) {
    return switch (container) {
      case Mapping mapping -> mapping.get(Mapping.key(element)) != null;
      case Text text -> {
        if (!(element instanceof Text part)) {
          throw new Fault(
              "'in <string>' requires string as left operand, not " + element.typeName());
        }
        yield Search.indexOf(text, part, 0, run) >= 0;
      }
      case Value other when Iteration.isIterable(other) -> {
        for (Value candidate : Iteration.elements(other, run)) {
          if (equal(candidate, element, run)) {
            yield true;
          }
        }
        yield false;
      }
      default -> throw new Fault("argument of type '" + container.typeName() + "' is not iterable");
    };
  }
}
