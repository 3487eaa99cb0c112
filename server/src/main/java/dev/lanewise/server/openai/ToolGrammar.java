package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.Grammar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The grammars of answers that call tools, with arguments that satisfy the tools' schemas. */
final class ToolGrammar {
  private static final String ROOT = "root";
  private static final String CALL = "call";

  /** Calls of one answer. Weak models go on and on with the same one. */
  private static final int MOST_CALLS = 32;

  private static final Expression SPACE =
      new Expression.Repeat(new Expression.OneOf(Characters.of(" \n")), 0, 2);

  private final Tools tools;
  private final ToolSyntax syntax;
  private final Map<String, Expression> rules = new HashMap<>();

  private ToolGrammar(Tools tools, ToolSyntax syntax) {
    this.tools = tools;
    this.syntax = syntax;
    List<Expression> calls = new ArrayList<>();
    for (int i = 0; i < tools.callable().size(); i++) {
      calls.add(call(tools.callable().get(i), "f" + i + "-"));
    }
    rules.put(CALL, new Expression.Choice(calls));
  }

  /** Answers that are calls and nothing else, from the opening mark on. */
  static Grammar ofCalls(Tools tools, ToolSyntax syntax) {
    ToolGrammar grammar = new ToolGrammar(tools, syntax);
    Expression open = syntax.mayBeBare() ? Expression.EMPTY : new Expression.Literal(syntax.open());
    return grammar.grammar(Expression.sequence(open, grammar.behindMark()));
  }

  /** What may follow an opening mark. */
  static Grammar behindMark(Tools tools, ToolSyntax syntax) {
    ToolGrammar grammar = new ToolGrammar(tools, syntax);
    return grammar.grammar(grammar.behindMark());
  }

  /** A bare call, perhaps behind the mark, or a text that does not begin like one. */
  static Grammar callOrText(Tools tools, ToolSyntax syntax) {
    ToolGrammar grammar = new ToolGrammar(tools, syntax);
    Expression mark = new Expression.Repeat(new Expression.Literal(syntax.open()), 0, 1);
    Expression beginning =
        Expression.choice(
            new Expression.OneOf(Characters.of("{< \t\r\n").others()),
            Expression.sequence(
                new Expression.Literal(syntax.open().substring(0, 1)),
                new Expression.OneOf(Characters.of(syntax.open().substring(1, 2)).others())));
    Expression rest =
        new Expression.Repeat(new Expression.OneOf(Characters.ALL), 0, Expression.Repeat.UNBOUNDED);
    return grammar.grammar(
        Expression.choice(
            Expression.sequence(mark, grammar.behindMark()), Expression.sequence(beginning, rest)));
  }

  private Grammar grammar(Expression root) {
    rules.put(ROOT, root);
    return new Grammar(rules, ROOT);
  }

  private Expression behindMark() {
    Expression call = new Expression.Rule(CALL);
    Expression close = new Expression.Literal(syntax.close());
    return switch (syntax) {
      case HERMES ->
          Expression.sequence(
              SPACE,
              call,
              SPACE,
              close,
              more(
                  Expression.sequence(
                      SPACE, new Expression.Literal(syntax.open()), SPACE, call, SPACE, close)));
      case MISTRAL ->
          Expression.sequence(
              SPACE,
              new Expression.Literal("["),
              call,
              more(Expression.sequence(new Expression.Literal(", "), call)),
              close);
      case LLAMA -> call;
    };
  }

  private Expression more(Expression next) {
    return tools.parallel() ? new Expression.Repeat(next, 0, MOST_CALLS - 1) : Expression.EMPTY;
  }

  private Expression call(Tool tool, String prefix) {
    Grammar arguments = tool.arguments();
    arguments.rules().forEach((name, rule) -> rules.put(prefix + name, renamed(rule, prefix)));
    String name = syntax == ToolSyntax.LLAMA ? "parameters" : "arguments";
    return Expression.sequence(
        new Expression.Literal(
            "{\"name\": " + TextNode.valueOf(tool.name()) + ", \"" + name + "\": "),
        new Expression.Rule(prefix + arguments.root()),
        new Expression.Literal("}"));
  }

  /** The same with other names of rules, so that those of several grammars differ. */
  private static Expression renamed(Expression expression, String prefix) {
    return switch (expression) {
      case Expression.Literal text -> text;
      case Expression.OneOf set -> set;
      case Expression.Sequence(List<Expression> parts) ->
          new Expression.Sequence(parts.stream().map(part -> renamed(part, prefix)).toList());
      case Expression.Choice(List<Expression> alternatives) ->
          new Expression.Choice(alternatives.stream().map(one -> renamed(one, prefix)).toList());
      case Expression.Repeat(Expression body, int least, int most) ->
          new Expression.Repeat(renamed(body, prefix), least, most);
      case Expression.Rule(String name) -> new Expression.Rule(prefix + name);
    };
  }
}
