package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Arguments.Bound;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Filters on lists and other iterables that look at the row, not at its elements. */
final class SequenceFilters {
  private SequenceFilters() {}

  static Map<String, Filter> all() {
    return Map.ofEntries(
        Map.entry("length", SequenceFilters::length),
        Map.entry("count", SequenceFilters::length),
        Map.entry(
            "list", (subject, arguments, run) -> Sequence.list(Iteration.elements(subject, run))),
        Map.entry("items", SequenceFilters::items),
        Map.entry("first", SequenceFilters::first),
        Map.entry("last", SequenceFilters::last),
        Map.entry("reverse", SequenceFilters::reverse),
        Map.entry("batch", SequenceFilters::batch),
        Map.entry("slice", SequenceFilters::slice),
        Map.entry("default", SequenceFilters::orDefault),
        Map.entry("d", SequenceFilters::orDefault),
        Map.entry("attr", SequenceFilters::attribute));
  }

  private static Value length(Value subject, Arguments arguments, Run run) {
    arguments.bind("length", 0);
    return switch (subject) {
      case Text text -> Int.of(text.codePoints());
      case Sequence sequence -> Int.of(sequence.elements().size());
      case Mapping mapping -> Int.of(mapping.entries().size());
      case Undefined _ -> Int.of(0);
      default -> throw new Fault("object of type '" + subject.typeName() + "' has no len()");
    };
  }

  private static Value items(Value subject, Arguments arguments, Run run) {
    return switch (subject) {
      case Mapping mapping -> new Generator(mapping.items());
      case Undefined _ -> new Generator(List.of());
      default -> throw new Fault("Can only get item pairs from a mapping.");
    };
  }

  private static Value first(Value subject, Arguments arguments, Run run) {
    Iterator<Value> elements =
        switch (subject) {
          case Generator generator -> generator.rest();
          case Text text when !text.isEmpty() ->
              List.<Value>of(text.slice(0, text.chars().offsetByCodePoints(0, 1))).iterator();
          default -> Iteration.elements(subject, run).iterator();
        };
    return elements.hasNext()
        ? elements.next()
        : new Undefined("No first item, sequence was empty.");
  }

  private static Value last(Value subject, Arguments arguments, Run run) {
    if (subject instanceof Generator) {
      throw new Fault("'generator' object is not reversible");
    }
    List<Value> elements = Iteration.elements(subject, run);
    return elements.isEmpty()
        ? new Undefined("No last item, sequence was empty.")
        : elements.getLast();
  }

  private static Value reverse(Value subject, Arguments arguments, Run run) {
    List<Value> elements = new ArrayList<>(Iteration.elements(subject, run));
    Collections.reverse(elements);
    if (subject instanceof Text) {
      TextBuilder reversed = new TextBuilder();
      elements.forEach(element -> Printer.print(element, reversed));
      return reversed.text();
    }
    return new Generator(elements);
  }

  private static Value batch(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("batch", 1, "linecount", "fill_with");
    int size = positive("batch", bound.integer(0, 0));
    List<Value> elements = Iteration.elements(subject, run);
    List<Value> batches = new ArrayList<>();
    for (int begin = 0; begin < elements.size(); begin += size) {
      List<Value> batch =
          new ArrayList<>(elements.subList(begin, Math.min(elements.size() - begin, size) + begin));
      if (!(bound.orNone(1) instanceof None)) {
        fill(batch, size, bound.value(1));
      }
      batches.add(Sequence.list(batch));
      if (elements.size() - begin <= size) {
        break;
      }
    }
    return new Generator(batches);
  }

  private static Value slice(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("slice", 1, "slices", "fill_with");
    int count = positive("slice", bound.integer(0, 0));
    run.spend(count);
    List<Value> elements = Iteration.elements(subject, run);
    int longer = elements.size() % count;
    List<Value> slices = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < count; i++) {
      int end = begin + elements.size() / count + (i < longer ? 1 : 0);
      List<Value> slice = new ArrayList<>(elements.subList(begin, end));
      if (!(bound.orNone(1) instanceof None) && i >= longer) {
        slice.add(bound.value(1));
      }
      slices.add(Sequence.list(slice));
      begin = end;
    }
    return new Generator(slices);
  }

  private static int positive(String filter, int count) {
    if (count <= 0) {
      throw new Fault(filter + "(): the count must be positive");
    }
    return count;
  }

  private static void fill(List<Value> batch, int size, Value filling) {
    if (size > Limits.RANGE) {
      throw new Fault("batch(): more than " + Limits.RANGE + " elements to fill");
    }
    while (batch.size() < size) {
      batch.add(filling);
    }
  }

  private static Value orDefault(Value subject, Arguments arguments, Run run) {
    Bound bound = arguments.bind("default", 0, "default_value", "boolean");
    boolean absent = subject instanceof Undefined || (bound.truth(1) && !subject.truth());
    return absent ? bound.or(0, Text.EMPTY) : subject;
  }

  private static Value attribute(Value subject, Arguments arguments, Run run) {
    return Access.attribute(subject, arguments.bind("attr", 1, "name").text(0).chars());
  }
}
