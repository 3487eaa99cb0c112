package dev.lanewise.model.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Going through a value. */
final class Iteration {
  private Iteration() {}

  /** The elements of an iterable value: of a text its characters, of a dict its keys. */
  static List<Value> elements(Value value, Run run) {
    run.spend(value.size());
    return switch (value) {
      case Sequence sequence -> sequence.elements();
      case Mapping mapping -> mapping.keys();
      case Text text -> characters(text, run);
      case Generator generator -> generator.drain();
      case Undefined _ -> List.of();
      default -> throw new Fault("'" + value.typeName() + "' object is not iterable");
    };
  }

  static boolean isIterable(Value value) {
    return value instanceof Sequence
        || value instanceof Mapping
        || value instanceof Text
        || value instanceof Generator
        || value instanceof Undefined;
  }

  private static List<Value> characters(Text text, Run run) {
    run.make(text.length());
    List<Value> characters = new ArrayList<>(text.length());
    for (int begin = 0; begin < text.length(); ) {
      int end = text.chars().offsetByCodePoints(begin, 1);
      characters.add(text.slice(begin, end));
      begin = end;
    }
    return characters;
  }
}
