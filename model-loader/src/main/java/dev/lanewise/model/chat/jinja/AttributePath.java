package dev.lanewise.model.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code attribute} argument of filters: {@code "a.b.0"} goes through items step by step; none
 * at all stays at the element.
 */
record AttributePath(List<Value> steps) {
  static AttributePath of(Value attribute) {
    return switch (attribute) {
      case None _ -> new AttributePath(List.of());
      case Text text -> new AttributePath(steps(text.chars()));
      default -> new AttributePath(List.of(attribute));
    };
  }

  private static List<Value> steps(String path) {
    List<Value> steps = new ArrayList<>();
    for (String step : path.split("\\.", -1)) {
      boolean index =
          !step.isEmpty() && step.length() < 10 && step.chars().allMatch(c -> c >= '0' && c <= '9');
      steps.add(index ? new Int(new BigInteger(step), true) : Text.template(step));
    }
    return steps;
  }

  /** What the path leads to from an element; Undefined if there is nothing. */
  Value of(Value element, Run run) {
    return of(element, null, run);
  }

  /**
   * As {@link #of(Value, Run)}; where a step leads nowhere, the path goes on from {@code fallback}
   * unless that is null.
   */
  Value of(Value element, Value fallback, Run run) {
    Value value = element;
    for (Value step : steps) {
      value = Access.item(value, step, run);
      if (fallback != null && value instanceof Undefined) {
        value = fallback;
      }
    }
    return value;
  }
}
