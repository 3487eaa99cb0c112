package dev.lanewise.server.schema;

import static dev.lanewise.engine.grammar.Expression.Repeat.UNBOUNDED;
import static dev.lanewise.engine.grammar.Expression.sequence;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;

/** Knows the patterns of the schemas in the tests. */
final class KnownPatterns {
  private KnownPatterns() {}

  static Expression search(String pattern, Characters around) {
    return Expression.choice(only(pattern, around));
  }

  private static Expression only(String pattern, Characters around) {
    Expression anything = new Expression.Repeat(new Expression.OneOf(around), 0, UNBOUNDED);
    return switch (pattern) {
      case "^[A-Z]{3}-[0-9]{2,4}$" ->
          sequence(some('A', 'Z', 3, 3), new Expression.Literal("-"), some('0', '9', 2, 4));
      case "^[a-z]+$" -> some('a', 'z', 1, UNBOUNDED);
      case "^[\"\\\\\\n]{1,3}$" ->
          new Expression.Repeat(new Expression.OneOf(Characters.of("\"\\\n")), 1, 3);
      case "^v\\d+\\.\\d+$" ->
          sequence(
              new Expression.Literal("v"),
              some('0', '9', 1, UNBOUNDED),
              new Expression.Literal("."),
              some('0', '9', 1, UNBOUNDED));
      case "[0-9]" -> sequence(anything, some('0', '9', 1, 1), anything);
      case "^[a-z]+$|^[0-9]{2,}$" ->
          Expression.choice(some('a', 'z', 1, UNBOUNDED), some('0', '9', 2, UNBOUNDED));
      default -> throw new IllegalArgumentException("unbalanced bracket");
    };
  }

  private static Expression some(int first, int last, int least, int most) {
    return new Expression.Repeat(Texts.oneOf(first, last), least, most);
  }
}
