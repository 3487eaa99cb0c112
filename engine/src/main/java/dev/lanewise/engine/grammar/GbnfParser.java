package dev.lanewise.engine.grammar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads grammars in GBNF, the notation of llama.cpp: rules {@code name ::= ...} of literals {@code
 * "..."}, characters {@code [a-z] [^a-z] .}, names of rules and groups {@code (...)}, each perhaps
 * followed by {@code ? * + {m} {m,} {m,n}}, with {@code |} between alternatives and comments behind
 * {@code #}. Names have letters, digits, {@code -} and {@code _}. The rule {@code root} says what
 * the whole text may be.
 *
 * <p>A rule ends with its line, except in parentheses and behind {@code ::=} and {@code |}. Behind
 * a backslash may be {@code n r t \ " [ ] - xHH uHHHH UHHHHHHHH}. Tokens ({@code <think>}, {@code
 * <[1000]>}) are not supported.
 */
public final class GbnfParser {
  private static final int MOST_CHARACTERS = 200_000;
  private static final int MOST_RULES = 5_000;

  private final SourceText source;
  private final Map<String, Expression> rules = new LinkedHashMap<>();
  private final Map<String, Integer> definitions = new LinkedHashMap<>();
  private final Map<String, Integer> uses = new LinkedHashMap<>();

  private GbnfParser(String text) {
    source = new SourceText(text, MOST_CHARACTERS);
  }

  /**
   * The grammar that a text describes.
   *
   * @throws GrammarError naming line and column, if it is not GBNF, misses a rule, has a rule that
   *     begins with itself, or is longer than 200,000 characters, of more than 5,000 rules or
   *     nested deeper than 100 levels
   */
  public static Grammar parse(String text) {
    return new GbnfParser(text).grammar();
  }

  private Grammar grammar() {
    skipSpace(true);
    while (source.peek() != SourceText.END) {
      rule();
      skipSpace(true);
    }
    if (!rules.containsKey("root")) {
      throw source.error(
          source.position(), "there is no rule 'root', which says what the whole text may be");
    }
    uses.forEach(
        (name, position) -> {
          if (!rules.containsKey(name)) {
            throw source.error(position, "there is no rule '" + name + "'");
          }
        });
    Grammar grammar = new Grammar(rules, "root");
    List<String> cycle = LeftRecursion.in(grammar);
    if (!cycle.isEmpty()) {
      throw source.error(definitions.get(cycle.getFirst()), LeftRecursion.describe(cycle));
    }
    return grammar;
  }

  private void rule() {
    int start = source.position();
    if (source.peek() == '|') {
      throw source.error(
          start,
          "expected a rule; to go on with a rule in the next line, end the line with '|' or use parentheses");
    }
    String name = name();
    skipSpace(false);
    source.expect("::=", "behind the name of a rule");
    skipSpace(true);
    if (definitions.put(name, start) != null) {
      throw source.error(start, "there are two rules '" + name + "'");
    }
    if (rules.size() == MOST_RULES) {
      throw source.error(start, "more than " + MOST_RULES + " rules");
    }
    rules.put(name, alternatives(false));
    if (!isEndOfLine()) {
      throw source.expected("the end of the rule");
    }
  }

  private boolean isEndOfLine() {
    int next = source.peek();
    return next == SourceText.END || next == '\n' || next == '\r';
  }

  private String name() {
    StringBuilder name = new StringBuilder();
    while (isOfName(source.peek())) {
      name.appendCodePoint(source.next());
    }
    if (name.isEmpty()) {
      throw source.expected("the name of a rule");
    }
    return name.toString();
  }

  private static boolean isOfName(int character) {
    return (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || (character >= '0' && character <= '9')
        || character == '-'
        || character == '_';
  }

  /** Skips blanks and comments; ends of lines too where a rule may go on behind them. */
  private void skipSpace(boolean lines) {
    while (true) {
      int next = source.peek();
      if (next == '#') {
        while (!isEndOfLine()) {
          source.next();
        }
      } else if (next == ' ' || next == '\t' || (lines && (next == '\n' || next == '\r'))) {
        source.next();
      } else {
        return;
      }
    }
  }

  private Expression alternatives(boolean grouped) {
    List<Expression> alternatives = new ArrayList<>();
    alternatives.add(sequence(grouped));
    while (source.take("|")) {
      skipSpace(true);
      alternatives.add(sequence(grouped));
    }
    return alternatives.size() == 1 ? alternatives.getFirst() : new Expression.Choice(alternatives);
  }

  private Expression sequence(boolean grouped) {
    List<Expression> parts = new ArrayList<>();
    while (!isEndOfLine() && source.peek() != '|' && source.peek() != ')') {
      Expression item = item();
      skipSpace(grouped);
      parts.add(Quantifier.read(source).of(item));
      skipSpace(grouped);
      if (Quantifier.isNext(source)) {
        throw source.error(
            source.position(), "what is repeated already is repeated again: use parentheses");
      }
    }
    return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
  }

  private Expression item() {
    int next = source.peek();
    if (isOfName(next)) {
      int position = source.position();
      String name = name();
      uses.putIfAbsent(name, position);
      return new Expression.Rule(name);
    }
    return switch (next) {
      case '"' -> literal();
      case '[' -> characters();
      case '(' -> group();
      case '.' -> {
        source.next();
        yield new Expression.OneOf(Characters.ALL);
      }
      case '<', '!' -> throw source.error(source.position(), "tokens in <...> are not supported");
      case '?', '*', '+', '{' ->
          throw source.error(source.position(), "there is nothing before it to repeat");
      case ':' ->
          throw source.error(
              source.position(),
              "a rule begins where another has not ended; behind '|' and in parentheses it goes on in the next line");
      default -> throw source.expected("a literal, characters, a group or the name of a rule");
    };
  }

  private Expression group() {
    int start = source.position();
    source.enter();
    source.next();
    skipSpace(true);
    Expression body = alternatives(true);
    source.close(")", start);
    source.leave();
    return body;
  }

  private Expression literal() {
    int start = source.position();
    source.next();
    StringBuilder text = new StringBuilder();
    while (!source.closes("\"", start)) {
      text.appendCodePoint(character());
    }
    return new Expression.Literal(text.toString());
  }

  private Expression characters() {
    int start = source.position();
    source.next();
    boolean others = source.take("^");
    List<Characters.Range> ranges = new ArrayList<>();
    while (!source.closes("]", start)) {
      int position = source.position();
      int first = character();
      int last = first;
      if (source.peek() == '-' && !source.isNext("-]")) {
        source.next();
        last = character();
      }
      if (last < first) {
        throw source.error(position, "the range ends before it begins");
      }
      ranges.add(new Characters.Range(first, last));
    }
    if (ranges.isEmpty()) {
      throw source.error(start, "there are no characters between [ and ]");
    }
    Characters characters = new Characters(ranges);
    return new Expression.OneOf(others ? characters.others() : characters);
  }

  private int character() {
    int position = source.position();
    int character = source.next();
    if (character == '\\') {
      int kind = source.next();
      character =
          switch (kind) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case '\\', '"', '[', ']', '-' -> kind;
            case 'x' -> source.hexadecimal(2);
            case 'u' -> source.hexadecimal(4);
            case 'U' -> source.hexadecimal(8);
            default ->
                throw source.error(
                    position,
                    "unknown escape; there are \\n \\r \\t \\\\ \\\" \\[ \\] \\- \\xHH \\uHHHH \\UHHHHHHHH");
          };
    }
    return source.requireCharacter(position, character);
  }
}
