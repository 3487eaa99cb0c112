package dev.lanewise.model.chat.jinja;

import java.util.List;

/** A statement as written in a template. */
sealed interface Statement {
  /** Text outside of tags. */
  record Data(Text text) implements Statement {}

  /** {@code {{ value }}}. */
  record Output(Expression value, int line) implements Statement {}

  /** {@code if}, {@code elif} ..., {@code else}. */
  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  /** One condition of an {@code if} and what follows from it. */
  record Branch(Expression condition, List<Statement> body, int line) {}

  /**
   * {@code for target in iterable if filter}.
   *
   * @param filter null if there is none
   */
  record For(
      Target target,
      Expression iterable,
      Expression filter,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  record Set(Target target, Expression value, int line) implements Statement {}

  /** {@code set target | filters}, whose value is its body. */
  record SetBlock(Target target, List<Expression.FilterUse> filters, List<Statement> body, int line)
      implements Statement {}

  record FilterBlock(List<Expression.FilterUse> filters, List<Statement> body, int line)
      implements Statement {}

  /** {@code with}; also {@code generation}, which only marks what a model is trained on. */
  record With(List<Target> targets, List<Expression> values, List<Statement> body, int line)
      implements Statement {}

  record MacroDefinition(Signature signature, int line) implements Statement {}

  /**
   * {@code call(parameters) call}: calls a macro that can render the body by calling {@code
   * caller}.
   */
  record CallBlock(Signature caller, Expression.Call call, int line) implements Statement {}

  /**
   * A macro's head and body.
   *
   * @param usesVarargs whether the body names {@code varargs} and so accepts more arguments than it
   *     has parameters
   * @param usesKwargs the same for {@code kwargs} and arguments by name
   */
  record Signature(
      String name,
      List<Parameter> parameters,
      boolean usesVarargs,
      boolean usesKwargs,
      List<Statement> body) {}

  /**
   * A parameter of a macro.
   *
   * @param fallback null if there is none
   */
  record Parameter(String name, Expression fallback) {}

  /** What can be assigned to. */
  sealed interface Target {}

  record NameTarget(String name) implements Target {}

  record TupleTarget(List<Target> parts) implements Target {}

  record NamespaceTarget(String namespace, String attribute) implements Target {}
}
