package dev.lanewise.model.chat.jinja;

import java.util.List;

/** An expression as written in a template. */
sealed interface Expression {
  /** A literal. */
  record Constant(Value value) implements Expression {}

  record Name(String name) implements Expression {}

  record ListDisplay(List<Expression> elements) implements Expression {}

  record TupleDisplay(List<Expression> elements) implements Expression {}

  record DictDisplay(List<Entry> entries, int line) implements Expression {}

  /** One {@code key: value} of a dict display. */
  record Entry(Expression key, Expression value) {}

  record Not(Expression operand) implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  /** {@code -x} or {@code +x}. */
  record Sign(boolean negative, Expression operand, int line) implements Expression {}

  record Binary(Operator operator, Expression left, Expression right, int line)
      implements Expression {}

  /** {@code a ~ b ~ c}. */
  record Concatenation(List<Expression> parts) implements Expression {}

  /** {@code a < b <= c}: every comparison with its right side. */
  record Comparison(Expression first, List<Step> steps, int line) implements Expression {}

  /** One operator of a chain of comparisons and its right side. */
  record Step(Comparator operator, Expression right) {}

  /**
   * {@code then if condition else otherwise}.
   *
   * @param otherwise null if there is no {@code else}
   */
  record Conditional(Expression condition, Expression then, Expression otherwise)
      implements Expression {}

  record Attribute(Expression subject, String name, int line) implements Expression {}

  record Item(Expression subject, Expression index, int line) implements Expression {}

  /** {@code subject[from:to:step]}; what is not written is null. */
  record Slice(Expression subject, Expression from, Expression to, Expression step, int line)
      implements Expression {}

  record Call(Expression callee, ArgumentList arguments, int line) implements Expression {}

  record Filtered(Expression subject, FilterUse filter) implements Expression {}

  record Tested(Expression subject, String test, ArgumentList arguments, int line)
      implements Expression {}

  /** A filter with its arguments, waiting for a subject. */
  record FilterUse(String name, ArgumentList arguments, int line) {}

  /** The arguments of a call in the order written. */
  record ArgumentList(List<Argument> arguments) {
    static final ArgumentList NONE = new ArgumentList(List.of());
  }

  /**
   * One argument.
   *
   * @param name the parameter it names, null for one by position, {@code *} and {@code **} for
   *     those to spread
   */
  record Argument(String name, Expression value) {}

  /** Arithmetic. */
  enum Operator {
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    FLOOR_DIVIDE("//"),
    MODULO("%"),
    POWER("**");

    final String symbol;

    Operator(String symbol) {
      this.symbol = symbol;
    }
  }

  /** Comparisons. */
  enum Comparator {
    EQUAL("=="),
    NOT_EQUAL("!="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">="),
    IN("in"),
    NOT_IN("not in");

    final String symbol;

    Comparator(String symbol) {
      this.symbol = symbol;
    }
  }
}
