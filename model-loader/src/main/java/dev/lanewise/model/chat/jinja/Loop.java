package dev.lanewise.model.chat.jinja;

import java.util.List;
import java.util.function.Function;

/** What {@code loop} stands for inside a {@code for}. */
final class Loop implements Callable {
  private final List<Value> elements;
  private final int depth;

  /** Renders the loop over other elements; null if the loop is not recursive. */
  private final Function<Value, Text> recursion;

  private int index = -1;
  private List<Value> lastSeen = List.of();

  Loop(List<Value> elements, int depth, Function<Value, Text> recursion) {
    this.elements = elements;
    this.depth = depth;
    this.recursion = recursion;
  }

  void advance() {
    index++;
  }

  /** An attribute of the loop; null if there is no such attribute. */
  Value attribute(String name) {
    int length = elements.size();
    return switch (name) {
      case "index" -> Int.of(index + 1);
      case "index0" -> Int.of(index);
      case "revindex" -> Int.of(length - index);
      case "revindex0" -> Int.of(length - index - 1);
      case "first" -> Bool.of(index == 0);
      case "last" -> Bool.of(index == length - 1);
      case "length" -> Int.of(length);
      case "depth" -> Int.of(depth + 1);
      case "depth0" -> Int.of(depth);
      case "previtem" ->
          index > 0 ? elements.get(index - 1) : new Undefined("there is no previous item");
      case "nextitem" ->
          index < length - 1 ? elements.get(index + 1) : new Undefined("there is no next item");
      case "cycle" ->
          new dev.lanewise.model.chat.jinja.Function("cycle", (arguments, _) -> cycle(arguments));
      case "changed" -> new dev.lanewise.model.chat.jinja.Function("changed", this::changed);
      default -> null;
    };
  }

  private Value cycle(Arguments arguments) {
    List<Value> values = arguments.positional();
    if (values.isEmpty()) {
      throw new Fault("no items for cycling given");
    }
    return values.get(index % values.size());
  }

  private Value changed(Arguments arguments, Run run) {
    List<Value> seen = lastSeen;
    lastSeen = arguments.positional();
    return Bool.of(
        !Comparison.equal(Sequence.list(seen), Sequence.list(lastSeen), run) || seen.isEmpty());
  }

  @Override
  public Value call(Arguments arguments, Run run) {
    if (recursion == null) {
      throw new Fault("the loop must have the 'recursive' marker to be called");
    }
    return recursion.apply(arguments.bind("loop", 1, "iterable").value(0));
  }

  @Override
  public String typeName() {
    return "LoopContext";
  }
}
