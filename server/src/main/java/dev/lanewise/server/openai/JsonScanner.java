package dev.lanewise.server.openai;

/** Finds the end of a JSON object in a text that comes in pieces. It does not check the JSON. */
final class JsonScanner {
  private int depth;
  private boolean inString;
  private boolean escaped;

  /**
   * Reads on.
   *
   * @param text begins with the object, or where the last call ended
   * @return where the object ends in {@code text}; -1 if it does not
   */
  int end(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (escaped) {
        escaped = false;
      } else if (inString) {
        escaped = c == '\\';
        inString = c != '"';
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return i + 1;
      }
    }
    return -1;
  }
}
