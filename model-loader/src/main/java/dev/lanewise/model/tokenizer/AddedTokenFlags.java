package dev.lanewise.model.tokenizer;

import java.util.BitSet;

/**
 * What {@code tokenizer.json} says about how special tokens are found; a GGUF file says nothing.
 *
 * @param lstrip tokens that take the space before them away
 * @param rstrip tokens that take the space behind them away
 * @param singleWord tokens that are not found inside of a word
 * @param normalized tokens that are looked for after text was changed, see {@link TextNormalizer}
 */
record AddedTokenFlags(BitSet lstrip, BitSet rstrip, BitSet singleWord, BitSet normalized) {
  /** Throws {@link dev.lanewise.model.ModelFormatException} if an id is not in the vocabulary. */
  static AddedTokenFlags read(TokenIdKeys keys) {
    return new AddedTokenFlags(
        ids(keys, "lstrip"),
        ids(keys, "rstrip"),
        ids(keys, "single_word"),
        ids(keys, "normalized"));
  }

  private static BitSet ids(TokenIdKeys keys, String flag) {
    BitSet ids = new BitSet();
    for (int id : keys.listAt("tokenizer.hub." + flag + "_token_ids")) {
      ids.set(id);
    }
    return ids;
  }

  boolean takesSpaceBefore(int id) {
    return lstrip.get(id);
  }

  boolean takesSpaceBehind(int id) {
    return rstrip.get(id);
  }

  boolean isWord(int id) {
    return singleWord.get(id);
  }

  boolean isNormalized(int id) {
    return normalized.get(id);
  }
}
