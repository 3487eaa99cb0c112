package dev.lanewise.engine.grammar;

import java.util.List;

/** What a piece of text may be. */
public sealed interface Expression {
  /** Nothing. */
  Expression EMPTY = new Sequence(List.of());

  /** This text, perhaps empty. */
  record Literal(String text) implements Expression {}

  /** One character of a set. */
  record OneOf(Characters characters) implements Expression {}

  /** One after the other; nothing if there are none. */
  record Sequence(List<Expression> parts) implements Expression {
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /** Any one of some; no text at all matches if there are none. */
  record Choice(List<Expression> alternatives) implements Expression {
    public Choice {
      alternatives = List.copyOf(alternatives);
    }
  }

  /**
   * The same some times.
   *
   * @param most {@link #UNBOUNDED} for any number
   */
  record Repeat(Expression body, int least, int most) implements Expression {
    /** No upper bound. */
    public static final int UNBOUNDED = Integer.MAX_VALUE;

    public Repeat {
      if (least < 0 || most < least) {
        throw new IllegalArgumentException("from " + least + " to " + most + " times");
      }
    }
  }

  /** What a rule of the grammar says, which may refer to itself. */
  record Rule(String name) implements Expression {}

  /** One after the other. */
  static Expression sequence(Expression... parts) {
    return new Sequence(List.of(parts));
  }

  /** Any one of some. */
  static Expression choice(Expression... alternatives) {
    return new Choice(List.of(alternatives));
  }

  /** It, or nothing. */
  static Expression optional(Expression body) {
    return new Repeat(body, 0, 1);
  }
}
