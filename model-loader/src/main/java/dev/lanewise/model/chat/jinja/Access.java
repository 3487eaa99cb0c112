package dev.lanewise.model.chat.jinja;

import java.util.List;
import java.util.Optional;

/**
 * Attributes and items of values. Names that do not exist give {@link Undefined}; there are no
 * underscore names.
 */
final class Access {
  private Access() {}

  /** {@code subject.name}: a method or attribute, else the item of a dict. */
  static Value attribute(Value subject, String name) {
    if (subject instanceof Undefined undefined) {
      throw undefined.fault();
    }
    return own(subject, name)
        .or(
            () ->
                Optional.ofNullable(
                    subject instanceof Mapping mapping ? mapping.get(Text.template(name)) : null))
        .orElseGet(() -> Undefined.attribute(subject, name));
  }

  /** {@code subject[index]}: an item, else (for a text as index) a method or attribute. */
  static Value item(Value subject, Value index, Run run) {
    Value item =
        switch (subject) {
          case Undefined undefined -> throw undefined.fault();
          case Mapping mapping -> mapping.get(index);
          case Sequence sequence when !sequence.kind().isView() && Numbers.isInteger(index) ->
              element(sequence.elements(), Numbers.clamped(index));
          case Text text when Numbers.isInteger(index) ->
              character(text, Numbers.clamped(index), run);
          default -> null;
        };
    if (item != null) {
      return item;
    }
    if (index instanceof Text name) {
      return own(subject, name.chars()).orElseGet(() -> Undefined.attribute(subject, name.chars()));
    }
    return new Undefined(
        "'" + subject.typeName() + "' object has no element " + Printer.text(index).chars());
  }

  private static Optional<Value> own(Value subject, String name) {
    return switch (subject) {
      case Text text -> TextMethods.bound(text, name);
      case Mapping mapping -> ContainerMethods.bound(mapping, name);
      case Sequence sequence -> ContainerMethods.bound(sequence, name);
      case Namespace namespace -> Optional.ofNullable(namespace.attributes().get(name));
      case Loop loop -> Optional.ofNullable(loop.attribute(name));
      case Cycler cycler -> Optional.ofNullable(cycler.attribute(name));
      case Macro macro when name.equals("name") -> Optional.of(Text.template(macro.name()));
      default -> Optional.empty();
    };
  }

  private static Value element(List<Value> elements, int index) {
    long position = index < 0 ? (long) index + elements.size() : index;
    return position >= 0 && position < elements.size() ? elements.get((int) position) : null;
  }

  private static Value character(Text text, int index, Run run) {
    if (Math.abs((long) index) > text.length()) {
      return null;
    }
    run.spend(Math.abs((long) index) / 8);
    String chars = text.chars();
    try {
      int begin = chars.offsetByCodePoints(index < 0 ? chars.length() : 0, index);
      return begin == chars.length() ? null : text.slice(begin, chars.offsetByCodePoints(begin, 1));
    } catch (IndexOutOfBoundsException e) {
      return null;
    }
  }
}
