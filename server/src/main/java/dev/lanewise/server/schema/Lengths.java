package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Expression;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How long the texts of an expression without rules are, in characters.
 *
 * @param most {@link #UNBOUNDED} if there is no longest one
 */
record Lengths(long least, long most) {
  /** No longest one. */
  static final long UNBOUNDED = Long.MAX_VALUE;

  /** The lengths of an expression's texts. */
  static Lengths of(Expression expression) {
    return switch (expression) {
      case Expression.Literal(var text) -> {
        int length = text.codePointCount(0, text.length());
        yield new Lengths(length, length);
      }
      case Expression.OneOf set -> new Lengths(1, 1);
      case Expression.Sequence(var parts) ->
          parts.stream().map(Lengths::of).reduce(new Lengths(0, 0), Lengths::then);
      case Expression.Choice(var alternatives) ->
          alternatives.stream().map(Lengths::of).reduce(Lengths::or).orElse(new Lengths(0, 0));
      case Expression.Repeat(var body, int least, int most) -> of(body).times(least, most);
      case Expression.Rule(var name) ->
          throw new IllegalArgumentException("the characters of a string follow a rule: " + name);
    };
  }

  /**
   * The texts of an expression that have from {@code least} to {@code most} characters, {@link
   * Texts#NOTHING} if none has; empty if it takes more than changing how often one part of each
   * alternative is repeated.
   *
   * @param most {@link #UNBOUNDED} for any number
   */
  static Optional<Expression> limited(Expression expression, long least, long most) {
    Lengths all = of(expression);
    if (all.least >= least && all.most <= most) {
      return Optional.of(expression);
    }
    if (all.most < least || all.least > most) {
      return Optional.of(Texts.NOTHING);
    }
    return switch (expression) {
      case Expression.Sequence(var parts) -> limitedPart(parts, least, most);
      case Expression.Choice(var alternatives) -> limitedEach(alternatives, least, most);
      case Expression.Repeat repeat when of(repeat.body()).isFixed() ->
          Optional.of(limitedRepeat(repeat, least, most));
      default -> Optional.empty();
    };
  }

  private static Optional<Expression> limitedEach(
      List<Expression> alternatives, long least, long most) {
    List<Expression> limited = new ArrayList<>();
    for (Expression alternative : alternatives) {
      Optional<Expression> one = limited(alternative, least, most);
      if (one.isEmpty()) {
        return one;
      }
      limited.add(one.get());
    }
    return Optional.of(Texts.anyOf(limited));
  }

  private static Optional<Expression> limitedPart(List<Expression> parts, long least, long most) {
    int varying = -1;
    long others = 0;
    for (int i = 0; i < parts.size(); i++) {
      Lengths lengths = of(parts.get(i));
      if (lengths.isFixed()) {
        others += lengths.least;
      } else if (varying < 0) {
        varying = i;
      } else {
        return Optional.empty();
      }
    }
    List<Expression> before = parts.subList(0, varying);
    List<Expression> after = parts.subList(varying + 1, parts.size());
    return limited(parts.get(varying), least - others, most == UNBOUNDED ? most : most - others)
        .map(
            part ->
                Texts.inOrder(
                    new Expression.Sequence(before), part, new Expression.Sequence(after)));
  }

  private static Expression limitedRepeat(Expression.Repeat repeat, long least, long most) {
    long one = of(repeat.body()).least;
    long fewest = Math.max(repeat.least(), Math.ceilDiv(least, one));
    long times = Math.min(repeat.most(), Math.floorDiv(most, one));
    return fewest > times
        ? Texts.NOTHING
        : new Expression.Repeat(repeat.body(), (int) fewest, (int) times);
  }

  private boolean isFixed() {
    return least == most;
  }

  private Lengths then(Lengths next) {
    return new Lengths(sum(least, next.least), sum(most, next.most));
  }

  private Lengths or(Lengths other) {
    return new Lengths(Math.min(least, other.least), Math.max(most, other.most));
  }

  private Lengths times(int fewest, int times) {
    boolean endless = times == Expression.Repeat.UNBOUNDED && most > 0;
    return new Lengths(product(least, fewest), endless ? UNBOUNDED : product(most, times));
  }

  private static long sum(long a, long b) {
    return a > UNBOUNDED - b ? UNBOUNDED : a + b;
  }

  private static long product(long a, long b) {
    return a != 0 && b > UNBOUNDED / a ? UNBOUNDED : a * b;
  }
}
