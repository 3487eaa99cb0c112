package dev.lanewise.model.chat.jinja;

/** A function of the environment, or a method bound to its subject. */
record Function(String name, Body body) implements Callable {
  /** What the function does. */
  @FunctionalInterface
  interface Body {
    Value call(Arguments arguments, Run run);
  }

  @Override
  public Value call(Arguments arguments, Run run) {
    return body.call(arguments, run);
  }

  @Override
  public String typeName() {
    return "function";
  }
}
