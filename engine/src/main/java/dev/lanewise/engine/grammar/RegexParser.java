package dev.lanewise.engine.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads regular expressions of ECMA-262 in its Unicode mode, as far as they describe a set of
 * texts: characters, escapes, classes, groups, alternatives and quantifiers, of which lazy ones
 * match the same texts as greedy ones; {@code ^} and {@code $} only around the whole or around one
 * of its alternatives. Look-around, back-references, {@code \b} and {@code \p} are refused, as is
 * an unescaped <code>{</code>, <code>}</code> or {@code ]} that stands for itself. Names of groups
 * may also be written as in Python and Rust, {@code (?P<name>...)}.
 */
public final class RegexParser {
  private static final int MOST_CHARACTERS = 20_000;
  private static final String SYNTAX = "^$\\.*+?()[]{}|/-";

  private final SourceText source;

  /** What may stand before and behind a match that is not anchored; empty for nothing. */
  private final Expression around;

  private RegexParser(String regex, Expression around) {
    source = new SourceText(regex, MOST_CHARACTERS);
    this.around = around;
  }

  /**
   * The texts that match as a whole.
   *
   * @throws GrammarError naming the position, if it is no regular expression of the supported kind,
   *     longer than 20,000 characters or nested deeper than 100 levels
   */
  public static Expression full(String regex) {
    return new RegexParser(regex, Expression.EMPTY).whole();
  }

  /**
   * The texts that have a match in them, as JSON Schema means it.
   *
   * @param surrounding characters that may stand before and behind the match
   * @throws GrammarError as {@link #full}
   */
  public static Expression search(String regex, Characters surrounding) {
    Expression any =
        new Expression.Repeat(new Expression.OneOf(surrounding), 0, Expression.Repeat.UNBOUNDED);
    return new RegexParser(regex, any).whole();
  }

  private Expression whole() {
    List<Expression> alternatives = new ArrayList<>();
    do {
      boolean fromStart = source.take("^");
      Expression body = sequence();
      boolean toEnd = source.take("$");
      if (source.peek() != '|' && source.peek() != SourceText.END) {
        throw source.peek() == ')'
            ? source.error(source.position(), "')' closes no group")
            : source.expected("'|' or the end behind '$'");
      }
      alternatives.add(
          Expression.sequence(
              fromStart ? Expression.EMPTY : around, body, toEnd ? Expression.EMPTY : around));
    } while (source.take("|"));
    return new Expression.Choice(alternatives);
  }

  private Expression alternatives() {
    List<Expression> alternatives = new ArrayList<>();
    do {
      alternatives.add(sequence());
    } while (source.take("|"));
    return new Expression.Choice(alternatives);
  }

  private Expression sequence() {
    List<Expression> parts = new ArrayList<>();
    while (!isEndOfSequence(source.peek())) {
      Expression atom = atom();
      Quantifier quantifier = Quantifier.read(source);
      if (Quantifier.isNext(source) && !source.take("?")) {
        throw source.error(source.position(), "what is repeated already is repeated again");
      }
      parts.add(quantifier.of(atom));
    }
    return new Expression.Sequence(parts);
  }

  private static boolean isEndOfSequence(int next) {
    return next == SourceText.END || next == '|' || next == ')' || next == '$';
  }

  private Expression atom() {
    int position = source.position();
    return switch (source.peek()) {
      case '(' -> group();
      case '[' -> new Expression.OneOf(characterClass());
      case '\\' -> new Expression.OneOf(escape(false));
      case '.' -> {
        source.next();
        yield new Expression.OneOf(CharacterClasses.ANY);
      }
      case '^' ->
          throw source.error(position, "'^' is supported only at the start; write \\^ for itself");
      case '?', '*', '+', '{' ->
          throw source.error(position, "there is nothing before it to repeat");
      case '}', ']' ->
          throw source.error(
              position,
              "'" + Character.toString(source.peek()) + "' closes nothing; write a \\ before it");
      default -> new Expression.OneOf(only(source.requireCharacter(position, source.next())));
    };
  }

  private Expression group() {
    int start = source.position();
    source.enter();
    source.next();
    if (source.take("?")) {
      groupKind(start);
    }
    Expression body = alternatives();
    if (source.peek() == '$') {
      throw source.error(
          source.position(),
          "'$' is supported only at the end, not in groups; write \\$ for itself");
    }
    source.close(")", start);
    source.leave();
    return body;
  }

  private void groupKind(int start) {
    if (source.take(":")) {
      return;
    }
    for (String look : List.of("=", "!", "<=", "<!")) {
      if (source.isNext(look)) {
        throw source.error(start, "look-around '(?" + look + "' is not supported");
      }
    }
    if (!source.take("<") && !source.take("P<")) {
      throw source.error(start, "flags of groups are not supported");
    }
    while (!source.take(">")) {
      int character = source.peek();
      if (character == SourceText.END || !Character.isUnicodeIdentifierPart(character)) {
        throw source.expected("'>' behind the name of a group");
      }
      source.next();
    }
  }

  private Characters characterClass() {
    int start = source.position();
    source.next();
    boolean others = source.take("^");
    List<Characters.Range> ranges = new ArrayList<>();
    while (!source.closes("]", start)) {
      int position = source.position();
      Characters first = classMember();
      if (source.peek() != '-' || source.isNext("-]")) {
        ranges.addAll(first.ranges());
        continue;
      }
      source.next();
      int from = single(first, position);
      int to = single(classMember(), position);
      if (to < from) {
        throw source.error(position, "the range ends before it begins");
      }
      ranges.add(new Characters.Range(from, to));
    }
    Characters characters = new Characters(ranges);
    return others ? characters.others() : characters;
  }

  /** The one character of a set that is an end of a range. */
  private int single(Characters characters, int position) {
    int character = characters.ranges().getFirst().first();
    if (!characters.equals(only(character))) {
      throw source.error(position, "a range has a class at an end; write \\- for '-' itself");
    }
    return character;
  }

  private Characters classMember() {
    int position = source.position();
    return source.peek() == '\\'
        ? escape(true)
        : only(source.requireCharacter(position, source.next()));
  }

  private Characters escape(boolean inClass) {
    int position = source.position();
    source.next();
    int kind = source.next();
    Characters named = CharacterClasses.named(kind);
    if (named != null) {
      return named;
    }
    return only(
        switch (kind) {
          case 'n' -> '\n';
          case 'r' -> '\r';
          case 't' -> '\t';
          case 'v' -> 0x0b;
          case 'f' -> '\f';
          case 'x' -> source.hexadecimal(2);
          case 'u' -> unicode(position);
          case 'c' -> control();
          default -> other(kind, position, inClass);
        });
  }

  private int other(int kind, int position, boolean inClass) {
    if (kind == '0' && (source.peek() < '0' || source.peek() > '9')) {
      return 0;
    }
    if (kind == 'b' && inClass) {
      return '\b';
    }
    if (kind >= 0 && SYNTAX.indexOf(kind) >= 0) {
      return kind;
    }
    String problem =
        switch (kind) {
          case SourceText.END -> "there is nothing behind \\";
          case 'b', 'B' -> "word boundaries (\\b, \\B) are not supported";
          case 'p', 'P' -> "classes of Unicode properties (\\p, \\P) are not supported";
          case 'k', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
              "back-references and octal escapes are not supported";
          default -> "unknown escape \\" + Character.toString(kind);
        };
    throw source.error(position, problem);
  }

  private int control() {
    int letter = source.peek();
    if ((letter < 'a' || letter > 'z') && (letter < 'A' || letter > 'Z')) {
      throw source.expected("a letter behind \\c");
    }
    return source.next() % 32;
  }

  private int unicode(int position) {
    if (source.take("{")) {
      int character = source.hexadecimal();
      source.expect("}", "behind the number of a character");
      return source.requireCharacter(position, character);
    }
    int unit = source.hexadecimal(4);
    if (Character.isSurrogate((char) unit) && source.take("\\u")) {
      int low = source.hexadecimal(4);
      if (Character.isSurrogatePair((char) unit, (char) low)) {
        return Character.toCodePoint((char) unit, (char) low);
      }
    }
    return source.requireCharacter(position, unit);
  }

  private static Characters only(int character) {
    return Characters.of(new Characters.Range(character, character));
  }
}
