package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import java.util.List;

/** Expressions that are simplified as they are built. */
final class Texts {
  /** No text at all, not even the empty one. */
  static final Expression NOTHING = new Expression.Choice(List.of());

  static final Expression DIGIT = oneOf('0', '9');

  private Texts() {}

  static Expression literal(String text) {
    return new Expression.Literal(text);
  }

  static Expression oneOf(String characters) {
    return new Expression.OneOf(Characters.of(characters));
  }

  static Expression oneOf(int first, int last) {
    return new Expression.OneOf(Characters.of(new Characters.Range(first, last)));
  }

  /** From {@code least} to {@code most} digits. */
  static Expression digits(int least, int most) {
    return new Expression.Repeat(DIGIT, least, most);
  }

  /** One after the other; {@link #NOTHING} if one of them is. */
  static Expression inOrder(Expression... parts) {
    List<Expression> some =
        List.of(parts).stream().filter(part -> !part.equals(Expression.EMPTY)).toList();
    if (some.contains(NOTHING)) {
      return NOTHING;
    }
    return some.size() == 1 ? some.getFirst() : new Expression.Sequence(some);
  }

  /** Any one of some, without those that are {@link #NOTHING}. */
  static Expression anyOf(List<Expression> alternatives) {
    List<Expression> some = alternatives.stream().filter(one -> !one.equals(NOTHING)).toList();
    return some.size() == 1 ? some.getFirst() : new Expression.Choice(some);
  }

  static Expression anyOf(Expression... alternatives) {
    return anyOf(List.of(alternatives));
  }

  /** Something some times, with a separator between. */
  static Expression separated(Expression one, Expression separator, int least, int most) {
    if (most == 0) {
      return Expression.EMPTY;
    }
    int more = most == Expression.Repeat.UNBOUNDED ? most : most - 1;
    Expression others =
        more == 0
            ? Expression.EMPTY
            : new Expression.Repeat(inOrder(separator, one), Math.max(0, least - 1), more);
    Expression some = inOrder(one, others);
    return least == 0 ? Expression.optional(some) : some;
  }
}
