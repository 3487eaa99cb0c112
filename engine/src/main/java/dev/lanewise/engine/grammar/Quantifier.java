package dev.lanewise.engine.grammar;

/**
 * How often something is repeated, as {@code ? * + {m} {m,} {m,n}} say behind it.
 *
 * @param most {@link Expression.Repeat#UNBOUNDED} for any number
 */
record Quantifier(int least, int most) {
  private static final Quantifier ONCE = new Quantifier(1, 1);

  /** Takes a quantifier if one comes next. */
  static Quantifier read(SourceText source) {
    return switch (source.peek()) {
      case '?' -> take(source, 0, 1);
      case '*' -> take(source, 0, Expression.Repeat.UNBOUNDED);
      case '+' -> take(source, 1, Expression.Repeat.UNBOUNDED);
      case '{' -> readBounds(source);
      default -> ONCE;
    };
  }

  /** Whether one comes next. */
  static boolean isNext(SourceText source) {
    return switch (source.peek()) {
      case '?', '*', '+', '{' -> true;
      default -> false;
    };
  }

  private static Quantifier take(SourceText source, int least, int most) {
    source.next();
    return new Quantifier(least, most);
  }

  private static Quantifier readBounds(SourceText source) {
    int start = source.position();
    source.expect("{", "before a number of repeats");
    int least = source.number();
    int most = least;
    if (source.take(",")) {
      most = source.peek() == '}' ? Expression.Repeat.UNBOUNDED : source.number();
    }
    source.expect("}", "behind a number of repeats");
    if (most < least) {
      throw source.error(start, "at least " + least + " and at most " + most + " is impossible");
    }
    return new Quantifier(least, most);
  }

  Expression of(Expression body) {
    return equals(ONCE) ? body : new Expression.Repeat(body, least, most);
  }
}
