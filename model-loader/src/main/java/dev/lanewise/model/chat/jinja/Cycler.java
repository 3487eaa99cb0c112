package dev.lanewise.model.chat.jinja;

import java.util.List;

/**
 * Jinja2's {@code cycler}, which goes round some values, and {@code joiner}, which gives nothing
 * once and then a text.
 */
final class Cycler implements Callable {
  private final List<Value> values;
  private final boolean joiner;
  private int position;

  private Cycler(List<Value> values, boolean joiner) {
    this.values = values;
    this.joiner = joiner;
  }

  static Cycler cycler(List<Value> values) {
    if (values.isEmpty()) {
      throw new Fault("at least one item has to be provided");
    }
    return new Cycler(values, false);
  }

  static Cycler joiner(Value separator) {
    return new Cycler(List.of(Text.EMPTY, separator), true);
  }

  /** An attribute of a cycler; null if there is no such attribute. */
  Value attribute(String name) {
    if (joiner) {
      return null;
    }
    return switch (name) {
      case "current" -> values.get(position);
      case "next" ->
          new Function(
              name,
              (arguments, run) -> {
                Value value = values.get(position);
                position = (position + 1) % values.size();
                return value;
              });
      case "reset" ->
          new Function(
              name,
              (arguments, run) -> {
                position = 0;
                return None.NONE;
              });
      default -> null;
    };
  }

  @Override
  public Value call(Arguments arguments, Run run) {
    if (!joiner) {
      throw new Fault("'Cycler' object is not callable");
    }
    Value value = values.get(position);
    position = 1;
    return value;
  }

  @Override
  public String typeName() {
    return joiner ? "Joiner" : "Cycler";
  }
}
