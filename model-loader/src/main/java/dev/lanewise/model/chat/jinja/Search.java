package dev.lanewise.model.chat.jinja;

/**
 * Finding a text in a text. The search compares in the worst case every pair of characters, which
 * is what it costs.
 */
final class Search {
  private Search() {}

  /** The first position from {@code begin} on where {@code part} stands; -1 if there is none. */
  static int indexOf(Text text, Text part, int begin, Run run) {
    int found = text.chars().indexOf(part.chars(), begin);
    charge(found < 0 ? text.length() - begin : found - begin, part, run);
    return found;
  }

  /** The last position where {@code part} ends at {@code end} or before; -1 if there is none. */
  static int lastIndexOf(Text text, Text part, int end, Run run) {
    if (end < part.length()) {
      return -1;
    }
    int found = text.chars().lastIndexOf(part.chars(), end - part.length());
    charge(end - Math.max(found, 0), part, run);
    return found;
  }

  private static void charge(long positions, Text part, Run run) {
    run.spend(1 + positions * (1 + part.length() / 32) / 32);
  }
}
