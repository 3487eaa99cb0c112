package dev.lanewise.model.chat.jinja;

/** Backslash escapes of string literals, as in Python; unknown ones stay as they are. */
final class Escapes {
  private Escapes() {}

  static String decode(String literal, Place place) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder result = new StringBuilder();
    int position = 0;
    while (position < literal.length()) {
      char c = literal.charAt(position);
      if (c != '\\') {
        result.append(c);
        position++;
        continue;
      }
      char escape = literal.charAt(position + 1);
      position += 2;
      switch (escape) {
        case 'n' -> result.append('\n');
        case 't' -> result.append('\t');
        case 'r' -> result.append('\r');
        case 'a' -> result.append('\u0007');
        case 'b' -> result.append('\b');
        case 'f' -> result.append('\f');
        case 'v' -> result.append('\u000b');
        case '\\', '\'', '"' -> result.append(escape);
        case '\n' -> {}
        case 'x' -> position = hex(literal, position, 2, result, place);
        case 'u' -> position = hex(literal, position, 4, result, place);
        case 'U' -> position = hex(literal, position, 8, result, place);
        case 'N' -> position = named(literal, position, result, place);
        case '0', '1', '2', '3', '4', '5', '6', '7' ->
            position = octal(literal, position - 1, result);
        default -> result.append('\\').append(escape);
      }
    }
    return result.toString();
  }

  private static int hex(String literal, int begin, int digits, StringBuilder result, Place place) {
    int end = begin + digits;
    long code = 0;
    for (int i = begin; i < end; i++) {
      int digit = i < literal.length() ? Character.digit(literal.charAt(i), 16) : -1;
      if (digit < 0) {
        throw new JinjaException("truncated escape in a string", place);
      }
      code = 16 * code + digit;
    }
    if (code > Character.MAX_CODE_POINT) {
      throw new JinjaException("escape of an illegal Unicode character", place);
    }
    result.appendCodePoint((int) code);
    return end;
  }

  private static int octal(String literal, int begin, StringBuilder result) {
    int end = begin;
    int code = 0;
    while (end < literal.length()
        && end < begin + 3
        && Character.digit(literal.charAt(end), 8) >= 0) {
      code = 8 * code + Character.digit(literal.charAt(end), 8);
      end++;
    }
    result.appendCodePoint(code);
    return end;
  }

  private static int named(String literal, int begin, StringBuilder result, Place place) {
    int end = literal.indexOf('}', begin);
    if (end < 0 || literal.charAt(begin) != '{') {
      throw new JinjaException("malformed \\N character escape", place);
    }
    try {
      result.appendCodePoint(Character.codePointOf(literal.substring(begin + 1, end)));
    } catch (IllegalArgumentException e) {
      throw new JinjaException("unknown Unicode character name", place);
    }
    return end + 1;
  }
}
