package dev.lanewise.model.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a call passes: values by position, then values by name. */
record Arguments(List<Value> positional, Map<String, Value> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  /**
   * Assigns the values to the parameters of a function, the first {@code required} of which must be
   * given.
   */
  Bound bind(String function, int required, String... parameters) {
    if (positional.size() > parameters.length) {
      throw new Fault(
          function
              + "() takes at most "
              + parameters.length
              + " arguments, "
              + positional.size()
              + " given");
    }
    List<Value> values = new ArrayList<>(positional);
    while (values.size() < parameters.length) {
      values.add(null);
    }
    List<String> names = List.of(parameters);
    named.forEach(
        (name, value) -> {
          int index = names.indexOf(name);
          if (index < 0) {
            throw new Fault(function + "() got an unexpected keyword argument '" + name + "'");
          }
          if (values.set(index, value) != null) {
            throw new Fault(function + "() got multiple values for argument '" + name + "'");
          }
        });
    for (int i = 0; i < required; i++) {
      if (values.get(i) == null) {
        throw new Fault(function + "() misses the argument '" + names.get(i) + "'");
      }
    }
    return new Bound(function, names, values);
  }

  /** The arguments without the first positional one, which the caller has taken. */
  Arguments tail() {
    return new Arguments(positional.subList(1, positional.size()), named);
  }

  Arguments with(String name, Value value) {
    Map<String, Value> more = new LinkedHashMap<>(named);
    more.put(name, value);
    return new Arguments(positional, more);
  }

  /** Arguments by the position of their parameter; null where none was given. */
  record Bound(String function, List<String> names, List<Value> values) {
    boolean has(int index) {
      return values.get(index) != null;
    }

    Value value(int index) {
      return values.get(index);
    }

    Value or(int index, Value fallback) {
      return has(index) ? value(index) : fallback;
    }

    /** The argument unless it is absent or None. */
    Value orNone(int index) {
      return or(index, None.NONE);
    }

    int integer(int index, int fallback) {
      return has(index) ? Numbers.clamped(value(index)) : fallback;
    }

    boolean truth(int index) {
      return has(index) && value(index).truth();
    }

    Text text(int index) {
      return switch (value(index)) {
        case Text text -> text;
        case Undefined undefined -> throw undefined.fault();
        case Value other ->
            throw new Fault(
                function
                    + "() argument '"
                    + names.get(index)
                    + "' must be str, not "
                    + other.typeName());
      };
    }

    Text text(int index, Text fallback) {
      return has(index) ? text(index) : fallback;
    }
  }
}
