package dev.lanewise.model.chat.jinja;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The methods of Python's {@code dict}, {@code list} and {@code tuple} that change nothing; the
 * sandbox refuses the others.
 */
final class ContainerMethods {
  private static final Set<String> CHANGES_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> CHANGES_LIST =
      Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

  private ContainerMethods() {}

  static Optional<Value> bound(Mapping subject, String name) {
    if (CHANGES_DICT.contains(name)) {
      return Optional.of(Undefined.unsafe(subject, name));
    }
    Function.Body body =
        switch (name) {
          case "items" ->
              (arguments, run) -> view(Sequence.Kind.ITEMS, name, subject.items(), arguments, run);
          case "keys" ->
              (arguments, run) -> view(Sequence.Kind.KEYS, name, subject.keys(), arguments, run);
          case "values" ->
              (arguments, run) ->
                  view(
                      Sequence.Kind.VALUES,
                      name,
                      List.copyOf(subject.entries().values()),
                      arguments,
                      run);
          case "get" ->
              (arguments, run) -> {
                var bound = arguments.bind(name, 1, "key", "default");
                Value value = subject.get(Mapping.key(bound.value(0)));
                return value == null ? bound.orNone(1) : value;
              };
          case "copy" -> (arguments, run) -> subject;
          default -> null;
        };
    return Optional.ofNullable(body).map(method -> new Function(name, method));
  }

  private static Value view(
      Sequence.Kind kind, String name, List<Value> elements, Arguments arguments, Run run) {
    arguments.bind(name, 0);
    run.spend(elements.size());
    return new Sequence(kind, elements);
  }

  static Optional<Value> bound(Sequence subject, String name) {
    Sequence.Kind kind = subject.kind();
    if (kind.isView()) {
      return Optional.empty();
    }
    if (kind == Sequence.Kind.LIST && CHANGES_LIST.contains(name)) {
      return Optional.of(Undefined.unsafe(subject, name));
    }
    if (kind == Sequence.Kind.GROUP && (name.equals("grouper") || name.equals("list"))) {
      return Optional.of(
          name.equals("grouper") ? subject.elements().getFirst() : subject.elements().getLast());
    }
    Function.Body body =
        switch (name) {
          case "index" -> (arguments, run) -> index(subject, arguments, run);
          case "count" -> (arguments, run) -> count(subject, arguments, run);
          case "copy" -> kind == Sequence.Kind.LIST ? (arguments, run) -> subject : null;
          default -> null;
        };
    return Optional.ofNullable(body).map(method -> new Function(name, method));
  }

  private static Value index(Sequence subject, Arguments arguments, Run run) {
    Value wanted = arguments.bind("index", 1, "value").value(0);
    for (int i = 0; i < subject.elements().size(); i++) {
      if (Comparison.equal(subject.elements().get(i), wanted, run)) {
        return Int.of(i);
      }
    }
    throw new Fault("the value is not in the list");
  }

  private static Value count(Sequence subject, Arguments arguments, Run run) {
    Value wanted = arguments.bind("count", 1, "value").value(0);
    int count = 0;
    for (Value element : subject.elements()) {
      count += Comparison.equal(element, wanted, run) ? 1 : 0;
    }
    return Int.of(count);
  }
}
