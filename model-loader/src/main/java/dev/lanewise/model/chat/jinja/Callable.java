package dev.lanewise.model.chat.jinja;

/** A value that can be called. */
sealed interface Callable extends Value permits Function, Macro, Loop, Cycler {
  Value call(Arguments arguments, Run run);

  @Override
  default boolean truth() {
    return true;
  }

  @Override
  default boolean template() {
    return true;
  }
}
