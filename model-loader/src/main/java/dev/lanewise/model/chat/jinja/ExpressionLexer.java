package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tokens inside one tag. */
final class ExpressionLexer {
  private static final Pattern DIGITS = Pattern.compile("[0-9](?:_?[0-9])*+");
  private static final Pattern FLOAT =
      Pattern.compile("D(?:\\.D(?:[eE][+-]?D)?|[eE][+-]?D)".replace("D", "[0-9](?:_?[0-9])*+"));
  private static final Pattern PREFIXED =
      Pattern.compile("0[bB](?:_?[01])++|0[oO](?:_?[0-7])++|0[xX](?:_?[0-9a-fA-F])++");
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final String close;
  private final Deque<String> open = new ArrayDeque<>();
  private int position;
  private int lastTokenEnd;
  private int line;
  private int lineBegin;

  /** Begins at a position, whose line begins at {@code lineBegin}. */
  ExpressionLexer(String source, int position, int line, int lineBegin, String close) {
    this.source = source;
    this.position = position;
    this.lastTokenEnd = position;
    this.line = line;
    this.lineBegin = lineBegin;
    this.close = close;
  }

  /** Adds the tokens up to the end of the tag and returns where its two closing characters are. */
  int run(List<Token> tokens) {
    while (true) {
      skipSpaces();
      if (position >= source.length()) {
        throw new JinjaException("unexpected end of template, the tag is not closed", place());
      }
      if (open.isEmpty()) {
        int end = position + (startsWithSign() ? 1 : 0);
        if (source.startsWith(close, end)) {
          return end;
        }
      }
      tokens.add(next());
      lastTokenEnd = position;
    }
  }

  int lastTokenEnd() {
    return lastTokenEnd;
  }

  private boolean startsWithSign() {
    char c = source.charAt(position);
    return c == '-' || (c == '+' && close.equals("%}"));
  }

  private void skipSpaces() {
    int end = Spaces.skip(source, position);
    countLines(position, end);
    position = end;
  }

  private void countLines(int begin, int end) {
    for (int i = begin; i < end; i++) {
      if (source.charAt(i) == '\n') {
        line++;
        lineBegin = i + 1;
      }
    }
  }

  private Place place() {
    return new Place(line, position - lineBegin + 1);
  }

  private Token next() {
    int c = source.codePointAt(position);
    if (c >= '0' && c <= '9') {
      return number();
    }
    if (c == '_' || Character.isUnicodeIdentifierStart(c)) {
      return name();
    }
    if (c == '\'' || c == '"') {
      return string((char) c);
    }
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, position)) {
        balance(operator);
        Token token = new Token(Kind.OPERATOR, operator, place());
        position += operator.length();
        return token;
      }
    }
    throw new JinjaException("unexpected char '" + Character.toString(c) + "'", place());
  }

  private Token number() {
    boolean afterDot = position > 0 && source.charAt(position - 1) == '.'; // "a.0.1" holds no float
    Token token = afterDot ? null : match(FLOAT, Kind.FLOAT);
    if (token == null) {
      token = match(PREFIXED, Kind.INTEGER);
    }
    return token == null ? match(DIGITS, Kind.INTEGER) : token;
  }

  private Token match(Pattern pattern, Kind kind) {
    Matcher matcher = pattern.matcher(source).region(position, source.length());
    if (!matcher.lookingAt()) {
      return null;
    }
    Token token = new Token(kind, matcher.group().replace("_", ""), place());
    position = matcher.end();
    return token;
  }

  private Token name() {
    int end = position;
    while (end < source.length() && Character.isUnicodeIdentifierPart(source.codePointAt(end))) {
      end += Character.charCount(source.codePointAt(end));
    }
    Token token = new Token(Kind.NAME, source.substring(position, end), place());
    position = end;
    return token;
  }

  private Token string(char quote) {
    int end = position + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw new JinjaException("a string is not closed", place());
    }
    String text = Escapes.decode(source.substring(position + 1, end), place());
    Token token = new Token(Kind.STRING, text, place());
    countLines(position, end);
    position = end + 1;
    return token;
  }

  private void balance(String operator) {
    switch (operator) {
      case "(" -> open.push(")");
      case "[" -> open.push("]");
      case "{" -> open.push("}");
      case ")", "]", "}" -> {
        if (open.isEmpty()) {
          throw new JinjaException("unexpected '" + operator + "'", place());
        }
        String expected = open.pop();
        if (!expected.equals(operator)) {
          throw new JinjaException(
              "unexpected '" + operator + "', expected '" + expected + "'", place());
        }
      }
      default -> {}
    }
  }
}
