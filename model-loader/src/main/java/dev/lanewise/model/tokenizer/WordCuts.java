package dev.lanewise.model.tokenizer;

import dev.lanewise.model.gguf.Metadata;

/**
 * How text is cut into words for {@link Unigram}, with spaces written as U+2581.
 *
 * @param atSpace whether all space ends a word and is left out
 * @param prefix where a space is put before a word, or before text that is not cut at space
 * @param beforeSpaces whether a word begins at each U+2581
 */
record WordCuts(boolean atSpace, SpacePrefix prefix, boolean beforeSpaces) {
  private static final String AT_SPACE = "tokenizer.hub.splits_at_space";
  private static final String BEFORE_SPACES = "tokenizer.hub.splits_before_spaces";

  /** Takes {@code word[from, to)}. */
  interface Words {
    void word(String word, int from, int to);
  }

  /** As the metadata says. A GGUF file names the prefix only, and its text is not cut. */
  static WordCuts of(Metadata metadata) {
    return new WordCuts(
        metadata.optBool(AT_SPACE).orElse(false),
        SpacePrefix.of(metadata),
        metadata.optBool(BEFORE_SPACES).orElse(false));
  }

  /** Cuts {@code text[from, to)}. */
  void cut(String text, int from, int to, boolean atStart, Words words) {
    if (!atSpace) {
      cutBeforeSpaces(text, from, to, atStart, words);
      return;
    }
    int start = from;
    // No space is a surrogate.
    for (int i = from; i <= to; i++) {
      if (i == to || CharacterKinds.isSpace(text.charAt(i))) {
        if (i > start) {
          cutBeforeSpaces(text, start, i, atStart && start == from, words);
        }
        start = i + 1;
      }
    }
  }

  private void cutBeforeSpaces(String text, int from, int to, boolean atStart, Words words) {
    String part = text.substring(from, to).replace(' ', SentencePieces.SPACE);
    String word = prefix.before(text, from, atStart) ? SentencePieces.SPACE + part : part;
    int start = 0;
    for (int i = 1; beforeSpaces && i < word.length(); i++) {
      if (word.charAt(i) == SentencePieces.SPACE) {
        words.word(word, start, i);
        start = i;
      }
    }
    words.word(word, start, word.length());
  }
}
