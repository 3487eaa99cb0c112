package dev.lanewise.model.chat.jinja;

/**
 * Finding a text in a text. Java's own search may compare every pair of characters before it comes
 * back; here it only looks for the first few, and the rest is compared and paid for piece by piece.
 */
final class Search {
  private static final int HEAD = 32;
  private static final int PIECE = 256;

  private Search() {}

  /** The first position from {@code begin} on where {@code part} stands; -1 if there is none. */
  static int indexOf(Text text, Text part, int begin, Run run) {
    String head = head(part);
    int from = begin;
    while (true) {
      int found = text.chars().indexOf(head, from);
      run.spend(1 + ((found < 0 ? text.length() : found) - from) / 4);
      if (found < 0 || restMatches(text.chars(), found, part.chars(), run)) {
        return found;
      }
      from = found + 1;
    }
  }

  /** The last position where {@code part} ends at {@code end} or before; -1 if there is none. */
  static int lastIndexOf(Text text, Text part, int end, Run run) {
    String head = head(part);
    int from = end - part.length();
    while (from >= 0) {
      int found = text.chars().lastIndexOf(head, from);
      run.spend(1 + (from - Math.max(found, 0)) / 4);
      if (found < 0 || restMatches(text.chars(), found, part.chars(), run)) {
        return found;
      }
      from = found - 1;
    }
    return -1;
  }

  private static String head(Text part) {
    return part.chars().substring(0, Math.min(HEAD, part.length()));
  }

  private static boolean restMatches(String text, int position, String part, Run run) {
    for (int i = HEAD; i < part.length(); i += PIECE) {
      run.spend(PIECE / 8);
      int length = Math.min(PIECE, part.length() - i);
      if (!text.regionMatches(position + i, part, i, length)) {
        return false;
      }
    }
    return true;
  }
}
