package dev.lanewise.server.openai;

/** A piece of an answer, by what it is. */
sealed interface Delta {
  /** Text for the user. */
  record Content(String text) implements Delta {}

  /** What a model thinks before it answers. */
  record Reasoning(String text) implements Delta {}

  /** The beginning of a call of a tool, the {@code index}-th of the answer. */
  record Call(int index, String name) implements Delta {}

  /** A piece of the JSON text of a call's arguments. */
  record Arguments(int index, String text) implements Delta {}
}
