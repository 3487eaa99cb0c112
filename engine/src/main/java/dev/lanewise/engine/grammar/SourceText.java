package dev.lanewise.engine.grammar;

/** The text of a grammar or regular expression, read character by character. */
final class SourceText {
  /** What {@link #peek} says behind the last character. */
  static final int END = -1;

  /** Deeper nesting is refused: parsers call themselves for each level. */
  private static final int MOST_NESTED = 100;

  private final int[] characters;
  private int position;
  private int nested;

  /**
   * @throws GrammarError if the text is longer than {@code mostCharacters}
   */
  SourceText(String text, int mostCharacters) {
    if (text.length() > mostCharacters) {
      throw new GrammarError(
          "the text has " + text.length() + " characters, at most " + mostCharacters + " may be");
    }
    characters = text.codePoints().toArray();
  }

  int position() {
    return position;
  }

  /** The next character, which stays; {@link #END} if there is none. */
  int peek() {
    return position < characters.length ? characters[position] : END;
  }

  /** Takes a character; {@link #END} if there is none. */
  int next() {
    return position < characters.length ? characters[position++] : END;
  }

  boolean isNext(String text) {
    if (text.length() > characters.length - position) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (characters[position + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Takes a text of plain characters if it comes next. */
  boolean take(String text) {
    boolean isNext = isNext(text);
    position += isNext ? text.length() : 0;
    return isNext;
  }

  /**
   * Takes a text of plain characters.
   *
   * @throws GrammarError if something else comes next
   */
  void expect(String text, String purpose) {
    if (!take(text)) {
      throw expected("'" + text + "' " + purpose);
    }
  }

  /**
   * Takes a text of plain characters that closes what begins at a position.
   *
   * @throws GrammarError if something else comes next
   */
  void close(String text, int start) {
    if (!take(text)) {
      throw expected("'" + text + "' to close what begins at " + place(start));
    }
  }

  /**
   * Takes a text of plain characters that closes what begins at a position, if it comes next.
   *
   * @throws GrammarError if nothing comes
   */
  boolean closes(String text, int start) {
    if (position < characters.length) {
      return take(text);
    }
    close(text, start);
    return true;
  }

  /** Takes a whole number below {@link Expression.Repeat#UNBOUNDED}. */
  int number() {
    int start = position;
    long number = 0;
    while (peek() >= '0' && peek() <= '9') {
      number = 10 * number + next() - '0';
      if (number >= Expression.Repeat.UNBOUNDED) {
        throw error(start, "the number is too large, at most 2147483646 may be");
      }
    }
    if (position == start) {
      throw expected("a number");
    }
    return (int) number;
  }

  /** Takes a number of so many hexadecimal digits; too large ones become {@code MAX_VALUE}. */
  int hexadecimal(int digits) {
    int start = position;
    int number = hexadecimalUpTo(digits);
    if (position < start + digits) {
      throw expected(digits + " hexadecimal digits");
    }
    return number;
  }

  /** Takes a number of one or more hexadecimal digits; too large ones become {@code MAX_VALUE}. */
  int hexadecimal() {
    int start = position;
    int number = hexadecimalUpTo(Integer.MAX_VALUE);
    if (position == start) {
      throw expected("hexadecimal digits");
    }
    return number;
  }

  private int hexadecimalUpTo(int digits) {
    long number = 0;
    for (int i = 0; i < digits && peek() < 128 && Character.digit(peek(), 16) >= 0; i++) {
      number = Math.min(16 * number + Character.digit(next(), 16), Integer.MAX_VALUE);
    }
    return (int) number;
  }

  /**
   * The character, unless it is none.
   *
   * @param at where it stands
   */
  int requireCharacter(int at, int character) {
    if (character == END) {
      throw expected("a character");
    }
    if (!Character.isValidCodePoint(character)
        || (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE)) {
      throw error(at, "no Unicode character");
    }
    return character;
  }

  /** Goes one level deeper. */
  void enter() {
    if (++nested > MOST_NESTED) {
      throw error(position, "nested deeper than " + MOST_NESTED + " levels");
    }
  }

  void leave() {
    nested--;
  }

  GrammarError expected(String what) {
    return error(position, "expected " + what + " but found " + found());
  }

  private String found() {
    return switch (peek()) {
      case END -> "the end of the text";
      case '\n', '\r' -> "the end of the line";
      default -> "'" + Character.toString(peek()) + "'";
    };
  }

  GrammarError error(int at, String problem) {
    return new GrammarError(place(at) + ": " + problem);
  }

  /** Where a position is, for people. */
  String place(int at) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < at; i++) {
      column++;
      if (characters[i] == '\n') {
        line++;
        column = 1;
      }
    }
    return "line " + line + ", column " + column;
  }
}
