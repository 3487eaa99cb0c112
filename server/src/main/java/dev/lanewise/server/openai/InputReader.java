package dev.lanewise.server.openai;

/**
 * Reads the text of a call's one argument, out of the JSON text of its arguments that comes in
 * pieces.
 */
final class InputReader {
  /** Around the argument's name, and before its value. */
  private static final int QUOTES_BEFORE = 3;

  private static final int HEX_DIGITS = 4;

  private enum Part {
    BEFORE,
    TEXT,
    ESCAPE,
    HEX,
    BEHIND
  }

  private final StringBuilder hex = new StringBuilder();
  private Part part = Part.BEFORE;
  private int quotes;

  /** The first half of a character that two escapes spell. */
  private String half = "";

  /** Reads on, and returns what that adds to the text: whole characters. */
  String read(String piece) {
    StringBuilder text = new StringBuilder(half);
    for (int i = 0; i < piece.length(); i++) {
      read(piece.charAt(i), text);
    }
    boolean open = !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
    half = open ? text.substring(text.length() - 1) : "";
    text.setLength(text.length() - half.length());
    return text.toString();
  }

  private void read(char c, StringBuilder text) {
    switch (part) {
      case BEFORE -> {
        quotes += c == '"' ? 1 : 0;
        part = quotes == QUOTES_BEFORE ? Part.TEXT : Part.BEFORE;
      }
      case TEXT -> {
        if (c == '"' || c == '\\') {
          part = c == '"' ? Part.BEHIND : Part.ESCAPE;
        } else {
          text.append(c);
        }
      }
      case ESCAPE -> {
        part = c == 'u' ? Part.HEX : Part.TEXT;
        if (c != 'u') {
          text.append(unescaped(c));
        }
      }
      case HEX -> {
        hex.append(c);
        if (hex.length() == HEX_DIGITS) {
          text.append((char) Integer.parseInt(hex.toString(), 16));
          hex.setLength(0);
          part = Part.TEXT;
        }
      }
      case BEHIND -> {}
    }
  }

  private static char unescaped(char c) {
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> c;
    };
  }
}
