package dev.lanewise.model.tokenizer;

import java.util.Random;

/** Well-formed text of many scripts for round trips. */
final class RandomText {
  private static final String[] PARTS = {
    "the ",
    "Hello",
    " world",
    "I'm",
    "12345",
    "  ",
    "\n",
    "\r\n",
    "\t",
    ".",
    "!?",
    "==",
    "<|im_end|>",
    "é",
    "ß",
    "中文",
    "日本",
    "한글",
    "مرحبا",
    "שלום",
    "\u0301",
    "\u200d",
    "👩",
    "🏽",
    "🇫🇷",
    "𝔘",
    "½",
    "\u00a0",
    "\u3000",
    "\u0000",
    "\uFFFD",
    "ﬁ"
  };

  private RandomText() {}

  /** Joins parts and single characters of planes 0 to 3, none of them surrogates. */
  static String of(Random random, int parts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts; i++) {
      if (random.nextInt(4) > 0) {
        text.append(PARTS[random.nextInt(PARTS.length)]);
        continue;
      }
      int codePoint = 0x20 + random.nextInt(random.nextBoolean() ? 0x3000 : 0x3FFE0);
      if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
        text.appendCodePoint(codePoint);
      }
    }
    return text.toString();
  }
}
