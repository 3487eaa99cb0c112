package dev.lanewise.model.tokenizer;

import java.text.Normalizer;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Changes of text that look at one character at a time. */
final class CharacterSteps {
  private CharacterSteps() {}

  /** By characters, since the lower case of a word's last sigma is another one. */
  static String lowerCase(String text) {
    StringBuilder lower = new StringBuilder(text.length());
    text.codePoints().forEach(c -> lower.append(Character.toString(c).toLowerCase(Locale.ROOT)));
    return lower.toString();
  }

  private static String without(String text, IntPredicate left) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints().filter(left.negate()).forEach(kept::appendCodePoint);
    return kept.toString();
  }

  /** Leaves out all marks, of accents and others. */
  static String withoutMarks(String text) {
    return without(text, CharacterSteps::isMark);
  }

  private static boolean isMark(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.ENCLOSING_MARK;
  }

  /** Takes characters apart and leaves out the marks that take no space. */
  static String withoutAccents(String text) {
    return without(
        Normalizer.normalize(text, Normalizer.Form.NFD),
        c -> Character.getType(c) == Character.NON_SPACING_MARK);
  }

  /** Leaves out characters at the beginning and at the end, none of which may be a surrogate. */
  static String strip(String text, IntPredicate left, IntPredicate right) {
    int from = 0;
    int to = text.length();
    while (from < to && left.test(text.charAt(from))) {
      from++;
    }
    while (from < to && right.test(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /** Leaves out control characters, and makes all space a space. */
  static String clean(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\t' || c == '\n' || c == '\r') {
                clean.append(' ');
              } else if (c != 0xFFFD && !CharacterKinds.isControl(c)) {
                clean.appendCodePoint(CharacterKinds.isSpace(c) ? ' ' : c);
              }
            });
    return clean.toString();
  }

  /** Puts spaces around ideographs. */
  static String asWords(String text) {
    StringBuilder words = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (CharacterKinds.isIdeograph(c)) {
                words.append(' ').appendCodePoint(c).append(' ');
              } else {
                words.appendCodePoint(c);
              }
            });
    return words.toString();
  }

  /** The rules that SentencePiece calls nmt: control characters go, spaces of all kinds are one. */
  static String withoutNoise(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              boolean noise =
                  switch (c) {
                    case 0xB, 0x7F, 0x8F, 0x9F -> true;
                    default -> (c >= 1 && c <= 8) || (c >= 0xE && c <= 0x1F);
                  };
              if (!noise) {
                kept.appendCodePoint(isNmtSpace(c) ? ' ' : c);
              }
            });
    return kept.toString();
  }

  private static boolean isNmtSpace(int codePoint) {
    return switch (codePoint) {
      case 9, 0xA, 0xC, 0xD, 0x1680, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD -> true;
      default -> codePoint >= 0x200B && codePoint <= 0x200F;
    };
  }
}
