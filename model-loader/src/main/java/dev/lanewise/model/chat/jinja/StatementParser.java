package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Statement.Branch;
import dev.lanewise.model.chat.jinja.Statement.Parameter;
import dev.lanewise.model.chat.jinja.Statement.Signature;
import dev.lanewise.model.chat.jinja.Statement.Target;
import dev.lanewise.model.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses a template into statements. */
final class StatementParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;

  /**
   * Loops around the current place that {@code break} can leave; a macro's body starts again at
   * none.
   */
  private int loops;

  private StatementParser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  static List<Statement> parse(String source) {
    StatementParser parser = new StatementParser(new TokenStream(Lexer.tokens(source)));
    return parser.statements(Set.of());
  }

  /**
   * Statements up to a tag named in {@code ends}, whose name becomes the current token; with none,
   * up to the end.
   */
  private List<Statement> statements(Set<String> ends) {
    tokens.enter();
    List<Statement> statements = new ArrayList<>();
    while (true) {
      Token token = tokens.take();
      switch (token.kind()) {
        case DATA -> statements.add(new Statement.Data(Text.template(token.text())));
        case VARIABLE_BEGIN -> {
          statements.add(new Statement.Output(expressions.tuple(), token.line()));
          tokens.expect(Kind.VARIABLE_END);
        }
        case BLOCK_BEGIN -> {
          if (tokens.current().is(Kind.NAME) && ends.contains(tokens.current().text())) {
            tokens.leave();
            return List.copyOf(statements);
          }
          statements.add(statement());
          tokens.expect(Kind.BLOCK_END);
        }
        case END -> {
          if (ends.isEmpty()) {
            return List.copyOf(statements);
          }
          throw new JinjaException(
              "unexpected end of template, expected " + String.join(" or ", sorted(ends)),
              token.place());
        }
        default -> throw new JinjaException("unexpected " + token.description(), token.place());
      }
    }
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }

  /**
   * The body of a tag that has been read up to its end, and the name of the tag that ends the body.
   */
  private List<Statement> body(Set<String> ends) {
    tokens.skipOperator(":");
    tokens.expect(Kind.BLOCK_END);
    return statements(ends);
  }

  /** A body that ends with the tag {@code end}. */
  private List<Statement> bodyUpTo(String end) {
    List<Statement> body = body(Set.of(end));
    tokens.expectName(end);
    return body;
  }

  private Statement statement() {
    Token tag = tokens.expect(Kind.NAME);
    int line = tag.line();
    return switch (tag.text()) {
      case "if" -> conditional();
      case "for" -> loop(line);
      case "set" -> assignment(line);
      case "macro" -> macro(line);
      case "call" -> callBlock(tag);
      case "filter" ->
          new Statement.FilterBlock(expressions.filters(), bodyUpTo("endfilter"), line);
      case "with" -> with(line);
      case "generation" ->
          new Statement.With(List.of(), List.of(), bodyUpTo("endgeneration"), line);
      case "break" -> inLoop(tag, new Statement.Break());
      case "continue" -> inLoop(tag, new Statement.Continue());
      default ->
          throw new JinjaException("Encountered unknown tag '" + tag.text() + "'.", tag.place());
    };
  }

  private Statement inLoop(Token tag, Statement statement) {
    if (loops == 0) {
      throw new JinjaException("'" + tag.text() + "' outside of a loop", tag.place());
    }
    return statement;
  }

  private Statement conditional() {
    expressions.enterConditional();
    List<Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    Set<String> ends = Set.of("elif", "else", "endif");
    String tag = "elif";
    while (tag.equals("elif")) {
      int line = tokens.line();
      Expression condition = expressions.tupleWithoutConditional();
      branches.add(new Branch(condition, body(ends), line));
      tag = tokens.take().text();
    }
    if (tag.equals("else")) {
      otherwise = bodyUpTo("endif");
    }
    expressions.leaveConditional();
    return new Statement.If(List.copyOf(branches), otherwise);
  }

  private Statement loop(int line) {
    Target target = target(false);
    tokens.expectName("in");
    Expression iterable = expressions.tupleWithoutConditional();
    Expression filter = tokens.skipName("if") ? expressions.expression() : null;
    boolean recursive = tokens.skipName("recursive");
    loops++;
    List<Statement> body = body(Set.of("else", "endfor"));
    loops--;
    List<Statement> otherwise = List.of();
    if (tokens.take().isName("else")) {
      otherwise = bodyUpTo("endfor");
    }
    return new Statement.For(target, iterable, filter, recursive, body, otherwise, line);
  }

  private Statement assignment(int line) {
    Target target = target(true);
    if (tokens.skipOperator("=")) {
      return new Statement.Set(target, expressions.tuple(), line);
    }
    List<Expression.FilterUse> filters =
        tokens.skipOperator("|") ? expressions.filters() : List.of();
    return new Statement.SetBlock(target, filters, bodyUpTo("endset"), line);
  }

  private Statement with(int line) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.current().is(Kind.BLOCK_END)) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(singleTarget(false));
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Statement.With(List.copyOf(targets), List.copyOf(values), bodyUpTo("endwith"), line);
  }

  private Statement macro(int line) {
    String name = tokens.expect(Kind.NAME).text();
    return new Statement.MacroDefinition(signature(name, parameters(), "endmacro"), line);
  }

  private Statement callBlock(Token tag) {
    List<Parameter> parameters = tokens.current().isOperator("(") ? parameters() : List.of();
    if (!(expressions.expression() instanceof Expression.Call call)) {
      throw new JinjaException("expected call", tag.place());
    }
    return new Statement.CallBlock(signature("caller", parameters, "endcall"), call, tag.line());
  }

  private Signature signature(String name, List<Parameter> parameters, String end) {
    expressions.takeRestNamesRead();
    int loopsAround = loops;
    loops = 0;
    List<Statement> body = bodyUpTo(end);
    loops = loopsAround;
    Set<String> rest = expressions.takeRestNamesRead();
    return new Signature(name, parameters, rest.contains("varargs"), rest.contains("kwargs"), body);
  }

  private List<Parameter> parameters() {
    tokens.expectOperator("(");
    List<Parameter> parameters = new ArrayList<>();
    while (!tokens.skipOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.expectOperator(",");
      }
      String name = assignable(tokens.expect(Kind.NAME));
      Expression fallback = tokens.skipOperator("=") ? expressions.expression() : null;
      if (fallback == null && !parameters.isEmpty() && parameters.getLast().fallback() != null) {
        throw tokens.fail("a parameter without default follows one with a default");
      }
      parameters.add(new Parameter(name, fallback));
    }
    return List.copyOf(parameters);
  }

  /** A target, or several with commas between them. */
  private Target target(boolean namespaceAllowed) {
    List<Target> parts = new ArrayList<>();
    boolean isTuple = false;
    while (parts.isEmpty() || isTargetBegin(tokens.current())) {
      parts.add(singleTarget(namespaceAllowed));
      if (!tokens.skipOperator(",")) {
        break;
      }
      isTuple = true;
    }
    return isTuple ? new Statement.TupleTarget(List.copyOf(parts)) : parts.getFirst();
  }

  private static boolean isTargetBegin(Token token) {
    return token.isOperator("(") || (token.is(Kind.NAME) && !token.isName("in"));
  }

  private Target singleTarget(boolean namespaceAllowed) {
    if (tokens.skipOperator("(")) {
      tokens.enter();
      Target inside = target(namespaceAllowed);
      tokens.expectOperator(")");
      tokens.leave();
      return inside;
    }
    String name = assignable(tokens.expect(Kind.NAME));
    if (namespaceAllowed && tokens.skipOperator(".")) {
      return new Statement.NamespaceTarget(name, tokens.expect(Kind.NAME).text());
    }
    return new Statement.NameTarget(name);
  }

  private static String assignable(Token name) {
    if (Set.of("true", "false", "none", "True", "False", "None").contains(name.text())) {
      throw new JinjaException("can't assign to '" + name.text() + "'", name.place());
    }
    return name.text();
  }
}
