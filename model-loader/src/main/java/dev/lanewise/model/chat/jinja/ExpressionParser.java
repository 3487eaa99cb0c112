package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Expression.Argument;
import dev.lanewise.model.chat.jinja.Expression.ArgumentList;
import dev.lanewise.model.chat.jinja.Expression.Comparator;
import dev.lanewise.model.chat.jinja.Expression.Constant;
import dev.lanewise.model.chat.jinja.Expression.Entry;
import dev.lanewise.model.chat.jinja.Expression.FilterUse;
import dev.lanewise.model.chat.jinja.Expression.Operator;
import dev.lanewise.model.chat.jinja.Expression.Step;
import dev.lanewise.model.chat.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parses expressions by recursive descent, one method for each level of precedence. A long row of
 * operators becomes a deep tree without deep recursion here; evaluating it counts the levels.
 */
final class ExpressionParser {
  private static final Map<String, Comparator> COMPARATORS =
      Map.of(
          "==", Comparator.EQUAL,
          "!=", Comparator.NOT_EQUAL,
          "<", Comparator.LESS,
          "<=", Comparator.LESS_OR_EQUAL,
          ">", Comparator.GREATER,
          ">=", Comparator.GREATER_OR_EQUAL);
  private static final Map<String, Operator> PRODUCTS =
      Map.of(
          "*", Operator.MULTIPLY,
          "/", Operator.DIVIDE,
          "//", Operator.FLOOR_DIVIDE,
          "%", Operator.MODULO);

  private static final Set<String> REST_NAMES = Set.of("varargs", "kwargs");

  private final TokenStream tokens;
  private final Set<String> restNamesRead = new HashSet<>();
  private int conditionals;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  /** Which of {@code varargs} and {@code kwargs} expressions have read since the last call. */
  Set<String> takeRestNamesRead() {
    Set<String> names = Set.copyOf(restNamesRead);
    restNamesRead.clear();
    return names;
  }

  /**
   * Inside a conditional, a filter or test that does not exist is an error only once it is used, as
   * in Jinja2.
   */
  void enterConditional() {
    conditionals++;
  }

  void leaveConditional() {
    conditionals--;
  }

  Expression expression() {
    tokens.enter();
    int outer = conditionals;
    Expression result = disjunction();
    while (tokens.skipName("if")) {
      conditionals = outer + 1;
      Expression condition = disjunction();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      result = new Expression.Conditional(condition, result, otherwise);
    }
    conditionals = outer;
    tokens.leave();
    return result;
  }

  /** An expression without {@code if}, or several with commas between them, which make a tuple. */
  Expression tupleWithoutConditional() {
    return tuple(false, false);
  }

  Expression tuple() {
    return tuple(true, false);
  }

  private Expression tuple(boolean conditional, boolean inParentheses) {
    List<Expression> elements = new ArrayList<>();
    boolean isTuple = false;
    while (!atTupleEnd()) {
      elements.add(conditional ? expression() : disjunction());
      if (!tokens.skipOperator(",")) {
        break;
      }
      isTuple = true;
    }
    if (isTuple || (elements.isEmpty() && inParentheses)) {
      return new Expression.TupleDisplay(List.copyOf(elements));
    }
    if (elements.isEmpty()) {
      throw tokens.fail("Expected an expression, got " + tokens.current().description());
    }
    return elements.getFirst();
  }

  private boolean atTupleEnd() {
    Token token = tokens.current();
    return token.is(Kind.VARIABLE_END)
        || token.is(Kind.BLOCK_END)
        || token.isOperator(")")
        || token.isName("recursive");
  }

  private Expression disjunction() {
    Expression left = conjunction();
    while (tokens.skipName("or")) {
      left = new Expression.Or(left, conjunction());
    }
    return left;
  }

  private Expression conjunction() {
    Expression left = negation();
    while (tokens.skipName("and")) {
      left = new Expression.And(left, negation());
    }
    return left;
  }

  private Expression negation() {
    if (tokens.current().isName("not")) {
      tokens.take();
      tokens.enter();
      Expression operand = negation();
      tokens.leave();
      return new Expression.Not(operand);
    }
    return comparison();
  }

  private Expression comparison() {
    int line = tokens.line();
    Expression first = sum();
    List<Step> steps = new ArrayList<>();
    for (Comparator operator = comparator(); operator != null; operator = comparator()) {
      steps.add(new Step(operator, sum()));
    }
    return steps.isEmpty() ? first : new Expression.Comparison(first, List.copyOf(steps), line);
  }

  private Comparator comparator() {
    Token token = tokens.current();
    if (token.is(Kind.OPERATOR)) {
      Comparator operator = COMPARATORS.get(token.text());
      if (operator != null) {
        tokens.take();
      }
      return operator;
    }
    if (tokens.skipName("in")) {
      return Comparator.IN;
    }
    if (token.isName("not") && tokens.following().isName("in")) {
      tokens.take();
      tokens.take();
      return Comparator.NOT_IN;
    }
    return null;
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
      Token token = tokens.take();
      Operator operator = token.text().equals("+") ? Operator.ADD : Operator.SUBTRACT;
      left = new Expression.Binary(operator, left, concatenation(), token.line());
    }
    return left;
  }

  private Expression concatenation() {
    Expression first = product();
    if (!tokens.current().isOperator("~")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (tokens.skipOperator("~")) {
      parts.add(product());
    }
    return new Expression.Concatenation(List.copyOf(parts));
  }

  private Expression product() {
    Expression left = power();
    while (true) {
      Token token = tokens.current();
      Operator operator = token.is(Kind.OPERATOR) ? PRODUCTS.get(token.text()) : null;
      if (operator == null) {
        return left;
      }
      tokens.take();
      left = new Expression.Binary(operator, left, power(), token.line());
    }
  }

  private Expression power() {
    Expression left = unary(true);
    while (tokens.current().isOperator("**")) {
      int line = tokens.take().line();
      left = new Expression.Binary(Operator.POWER, left, unary(true), line);
    }
    return left;
  }

  private Expression unary(boolean withFilters) {
    Token token = tokens.current();
    Expression result;
    if (token.isOperator("-") || token.isOperator("+")) {
      tokens.take();
      tokens.enter();
      result = new Expression.Sign(token.text().equals("-"), unary(false), token.line());
      tokens.leave();
    } else {
      result = primary();
    }
    result = postfix(result);
    return withFilters ? filtersAndTests(result) : result;
  }

  private Expression primary() {
    Token token = tokens.take();
    return switch (token.kind()) {
      case NAME -> name(token);
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.current().is(Kind.STRING)) {
          text.append(tokens.take().text());
        }
        yield new Constant(Text.template(text.toString()));
      }
      case INTEGER -> new Constant(integer(token));
      case FLOAT -> new Constant(new Real(Double.parseDouble(token.text()), true));
      case OPERATOR -> bracketed(token);
      default -> throw new JinjaException("unexpected " + token.description(), token.place());
    };
  }

  private Expression name(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Constant(Bool.TRUE);
      case "false", "False" -> new Constant(Bool.FALSE);
      case "none", "None" -> new Constant(None.NONE);
      default -> {
        if (REST_NAMES.contains(token.text())) {
          restNamesRead.add(token.text());
        }
        yield new Expression.Name(token.text());
      }
    };
  }

  private static Int integer(Token token) {
    String digits = token.text();
    int radix =
        digits.length() < 2
            ? 10
            : switch (digits.charAt(1)) {
              case 'x', 'X' -> 16;
              case 'o', 'O' -> 8;
              case 'b', 'B' -> 2;
              default -> 10;
            };
    if (digits.length() > Limits.INTEGER_BITS / 3) {
      throw new JinjaException("integer of too many digits", token.place());
    }
    return new Int(new BigInteger(radix == 10 ? digits : digits.substring(2), radix), true);
  }

  private Expression bracketed(Token token) {
    Expression result =
        switch (token.text()) {
          case "(" -> {
            Expression inside = tuple(true, true);
            tokens.expectOperator(")");
            yield inside;
          }
          case "[" -> list();
          case "{" -> dict(token.line());
          default -> throw new JinjaException("unexpected " + token.description(), token.place());
        };
    return result;
  }

  private Expression list() {
    List<Expression> elements = new ArrayList<>();
    while (!tokens.skipOperator("]")) {
      if (!elements.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator("]")) {
          break;
        }
      }
      elements.add(expression());
    }
    return new Expression.ListDisplay(List.copyOf(elements));
  }

  private Expression dict(int line) {
    List<Entry> entries = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      if (!entries.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator("}")) {
          break;
        }
      }
      Expression key = expression();
      tokens.expectOperator(":");
      entries.add(new Entry(key, expression()));
    }
    return new Expression.DictDisplay(List.copyOf(entries), line);
  }

  private Expression postfix(Expression subject) {
    Expression result = subject;
    while (true) {
      int line = tokens.line();
      if (tokens.skipOperator(".")) {
        result = attribute(result, line);
      } else if (tokens.skipOperator("[")) {
        result = subscript(result, line);
      } else if (tokens.current().isOperator("(")) {
        result = new Expression.Call(result, arguments(), line);
      } else {
        return result;
      }
    }
  }

  private Expression attribute(Expression subject, int line) {
    Token token = tokens.take();
    return switch (token.kind()) {
      case NAME -> new Expression.Attribute(subject, token.text(), line);
      case INTEGER -> new Expression.Item(subject, new Constant(integer(token)), line);
      default -> throw new JinjaException("expected name or number after '.'", token.place());
    };
  }

  private Expression subscript(Expression subject, int line) {
    Expression from = tokens.current().isOperator(":") ? null : tuple(true, false);
    Expression result;
    if (tokens.skipOperator(":")) {
      Expression to = sliceBound();
      Expression step = tokens.skipOperator(":") ? sliceBound() : null;
      result = new Expression.Slice(subject, from, to, step, line);
    } else {
      result = new Expression.Item(subject, from, line);
    }
    tokens.expectOperator("]");
    return result;
  }

  private Expression sliceBound() {
    return tokens.current().isOperator(":") || tokens.current().isOperator("]")
        ? null
        : expression();
  }

  private Expression filtersAndTests(Expression subject) {
    Expression result = subject;
    while (true) {
      int line = tokens.line();
      if (tokens.skipOperator("|")) {
        result = new Expression.Filtered(result, filter(line));
      } else if (tokens.skipName("is")) {
        result = test(result, line);
      } else if (tokens.current().isOperator("(")) {
        result = new Expression.Call(result, arguments(), line);
      } else {
        return result;
      }
    }
  }

  /** One or more filters with {@code |} between them, for blocks. */
  List<FilterUse> filters() {
    List<FilterUse> filters = new ArrayList<>();
    do {
      filters.add(filter(tokens.line()));
    } while (tokens.skipOperator("|"));
    return List.copyOf(filters);
  }

  private FilterUse filter(int line) {
    Place place = tokens.current().place();
    String name = dottedName();
    if (conditionals == 0 && !Filters.exists(name)) {
      throw new JinjaException("No filter named '" + name + "'.", place);
    }
    return new FilterUse(
        name, tokens.current().isOperator("(") ? arguments() : ArgumentList.NONE, line);
  }

  private Expression test(Expression subject, int line) {
    boolean negated = tokens.skipName("not");
    Place place = tokens.current().place();
    String name = dottedName();
    if (conditionals == 0 && !Tests.exists(name)) {
      throw new JinjaException("No test named '" + name + "'.", place);
    }
    ArgumentList arguments = ArgumentList.NONE;
    if (tokens.current().isOperator("(")) {
      arguments = arguments();
    } else if (atTestArgument()) {
      if (tokens.current().isName("is")) {
        throw tokens.fail("You cannot chain multiple tests with is");
      }
      arguments = new ArgumentList(List.of(new Argument(null, postfix(primary()))));
    }
    Expression result = new Expression.Tested(subject, name, arguments, line);
    return negated ? new Expression.Not(result) : result;
  }

  private boolean atTestArgument() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.isOperator("[") || token.isOperator("{");
      default -> false;
    };
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(tokens.expect(Kind.NAME).text());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expect(Kind.NAME).text());
    }
    return name.toString();
  }

  ArgumentList arguments() {
    tokens.expectOperator("(");
    List<Argument> arguments = new ArrayList<>();
    boolean named = false;
    while (!tokens.skipOperator(")")) {
      if (!arguments.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator(")")) {
          break;
        }
      }
      Argument argument = argument();
      if (argument.name() == null && named) {
        throw tokens.fail("an argument by position follows one by name");
      }
      named |= argument.name() != null && !argument.name().equals("*");
      arguments.add(argument);
    }
    return new ArgumentList(List.copyOf(arguments));
  }

  private Argument argument() {
    if (tokens.skipOperator("*")) {
      return new Argument("*", expression());
    }
    if (tokens.skipOperator("**")) {
      return new Argument("**", expression());
    }
    if (tokens.current().is(Kind.NAME) && tokens.following().isOperator("=")) {
      String name = tokens.take().text();
      tokens.take();
      return new Argument(name, expression());
    }
    return new Argument(null, expression());
  }
}
