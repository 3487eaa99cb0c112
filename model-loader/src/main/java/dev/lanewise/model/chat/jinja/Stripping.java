package dev.lanewise.model.chat.jinja;

import java.util.function.IntPredicate;

/** Taking characters from the ends of a text, and adding some there. */
final class Stripping {
  private Stripping() {}

  static Text strip(Text text, IntPredicate unwanted, boolean left, boolean right) {
    String chars = text.chars();
    int begin = 0;
    int end = chars.length();
    while (left && begin < end && unwanted.test(chars.codePointAt(begin))) {
      begin += Character.charCount(chars.codePointAt(begin));
    }
    while (right && begin < end && unwanted.test(chars.codePointBefore(end))) {
      end -= Character.charCount(chars.codePointBefore(end));
    }
    return text.slice(begin, end);
  }

  /**
   * Fills a text up to a width in code points.
   *
   * @param side {@code <} to keep the text left, {@code >} right, {@code ^} in the middle
   */
  static Text padded(Text text, int width, Text fill, char side) {
    int missing = width - text.codePoints();
    if (missing <= 0) {
      return text;
    }
    if (fill.codePoints() != 1) {
      throw new Fault("The fill character must be exactly one character long");
    }
    int before =
        switch (side) {
          case '<' -> 0;
          case '>' -> missing;
          default -> missing / 2 + (missing & width & 1);
        };
    Text padding = Text.of(fill.chars(), fill.template() && text.template());
    return padding.times(before).plus(text).plus(padding.times(missing - before));
  }
}
