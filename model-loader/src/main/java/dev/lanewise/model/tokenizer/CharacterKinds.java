package dev.lanewise.model.tokenizer;

/** What kind of character a code point is, in the terms of tokenizers. */
final class CharacterKinds {
  private CharacterKinds() {}

  /** Has the property White_Space of Unicode; Java's own notions of it leave some out. */
  static boolean isSpace(int codePoint) {
    return Character.isSpaceChar(codePoint)
        || (codePoint >= '\t' && codePoint <= '\r')
        || codePoint == 0x85;
  }

  /** Of one of the categories of punctuation, or a symbol of ASCII. */
  static boolean isPunctuation(int codePoint) {
    if (codePoint < 0x80) {
      return codePoint > ' ' && codePoint < 0x7F && !Character.isLetterOrDigit(codePoint);
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  /** A control or format character, or one of private use. */
  static boolean isControl(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE -> true;
      default -> false;
    };
  }

  /** An ideograph of Chinese, which BERT takes for a word. */
  static boolean isIdeograph(int codePoint) {
    return between(codePoint, 0x4E00, 0x9FFF)
        || between(codePoint, 0x3400, 0x4DBF)
        || between(codePoint, 0x20000, 0x2A6DF)
        || between(codePoint, 0x2A700, 0x2B73F)
        || between(codePoint, 0x2B740, 0x2B81F)
        || between(codePoint, 0x2B920, 0x2CEAF)
        || between(codePoint, 0xF900, 0xFAFF)
        || between(codePoint, 0x2F800, 0x2FA1F);
  }

  private static boolean between(int codePoint, int first, int last) {
    return codePoint >= first && codePoint <= last;
  }

  /** What {@code \w} of regular expressions stands for. */
  static boolean isWord(int codePoint) {
    if (Character.isAlphabetic(codePoint) || Character.isDigit(codePoint)) {
      return true;
    }
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.CONNECTOR_PUNCTUATION ->
          true;
      default -> codePoint == 0x200C || codePoint == 0x200D;
    };
  }
}
