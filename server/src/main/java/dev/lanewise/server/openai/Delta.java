package dev.lanewise.server.openai;

/** A piece of an answer, by what it is. */
sealed interface Delta {
  /** Text for the user. */
  record Content(String text) implements Delta {}

  /** What a model thinks before it answers. */
  record Reasoning(String text) implements Delta {}
}
