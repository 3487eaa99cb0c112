package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;

/** Reads the regular expressions of {@code pattern}. */
@FunctionalInterface
public interface Patterns {
  /**
   * The texts in which a pattern is found, without rules.
   *
   * @param pattern a regular expression of ECMA-262; it need not match the whole text
   * @param around what may be before and after the match
   * @throws IllegalArgumentException if it is malformed or asks for what is not supported; the
   *     message says what
   */
  Expression search(String pattern, Characters around);
}
