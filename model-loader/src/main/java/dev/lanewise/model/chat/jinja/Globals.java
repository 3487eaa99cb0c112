package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Arguments.Bound;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions every template can call. */
final class Globals {
  private static final Map<String, Function.Body> FUNCTIONS =
      Map.of(
          "raise_exception", Globals::raise,
          "strftime_now", Globals::now,
          "range", Globals::range,
          "namespace", Globals::namespace,
          "dict", Globals::dict,
          "cycler", (arguments, run) -> Cycler.cycler(arguments.positional()),
          "joiner",
              (arguments, run) ->
                  Cycler.joiner(arguments.bind("joiner", 0, "sep").or(0, Text.template(", "))));

  private Globals() {}

  static Map<String, Value> all() {
    Map<String, Value> all = new LinkedHashMap<>();
    FUNCTIONS.forEach((name, body) -> all.put(name, new Function(name, body)));
    return all;
  }

  private static Value raise(Arguments arguments, Run run) {
    throw new Fault(Printer.text(arguments.bind("raise_exception", 1, "message").value(0)).chars());
  }

  private static Value now(Arguments arguments, Run run) {
    String format = arguments.bind("strftime_now", 1, "format").text(0).chars();
    run.spend(format.length());
    return Text.template(Strftime.format(format, ZonedDateTime.now(run.clock())));
  }

  private static Value range(Arguments arguments, Run run) {
    Bound bound = arguments.bind("range", 1, "start", "stop", "step");
    long start = bound.has(1) ? Numbers.clamped(bound.value(0)) : 0;
    long stop = Numbers.clamped(bound.value(bound.has(1) ? 1 : 0));
    long step = bound.integer(2, 1);
    if (step == 0) {
      throw new Fault("range() arg 3 must not be zero");
    }
    long length = Math.max(0, Math.ceilDiv(stop - start, step));
    if (length > Limits.RANGE) {
      throw new Fault("range of more than " + Limits.RANGE + " elements");
    }
    run.make(length);
    List<Value> elements = new ArrayList<>();
    for (long i = 0; i < length; i++) {
      elements.add(Int.of(start + i * step));
    }
    return Sequence.list(elements);
  }

  private static Value namespace(Arguments arguments, Run run) {
    Namespace namespace = new Namespace();
    dict(arguments, run)
        .entries()
        .forEach((name, value) -> namespace.attributes().put(Printer.text(name).chars(), value));
    return namespace;
  }

  private static Mapping dict(Arguments arguments, Run run) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    if (arguments.positional().size() > 1) {
      throw new Fault("dict expected at most 1 argument, got " + arguments.positional().size());
    }
    for (Value source : arguments.positional()) {
      for (Value pair :
          source instanceof Mapping mapping ? mapping.items() : Iteration.elements(source, run)) {
        List<Value> parts = Iteration.elements(pair, run);
        if (parts.size() != 2) {
          throw new Fault("dict() needs pairs of a key and a value");
        }
        entries.put(Mapping.key(parts.getFirst()), parts.getLast());
      }
    }
    entries.putAll(dict(arguments.named()).entries());
    return new Mapping(entries);
  }

  /** A dict whose keys are names the template wrote. */
  static Mapping dict(Map<String, Value> named) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    named.forEach((name, value) -> entries.put(Text.template(name), value));
    return new Mapping(entries);
  }
}
