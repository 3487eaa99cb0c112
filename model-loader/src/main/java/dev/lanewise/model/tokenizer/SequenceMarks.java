package dev.lanewise.model.tokenizer;

import java.util.OptionalInt;

/**
 * The tokens that stand before and after a sequence, and whether prompts get them.
 *
 * @param bos beginning of sequence
 * @param eos end of sequence
 */
record SequenceMarks(OptionalInt bos, OptionalInt eos, boolean addsBos, boolean addsEos) {
  private static final String BOS = "tokenizer.ggml.bos_token_id";
  private static final String EOS = "tokenizer.ggml.eos_token_id";
  private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
  private static final String ADD_EOS = "tokenizer.ggml.add_eos_token";

  /**
   * Reads the marks of a BPE vocabulary.
   *
   * @param addsBos whether prompts start with a mark where the file does not say
   * @throws dev.lanewise.model.ModelFormatException if an id is outside the vocabulary, or a mark
   *     is to be added that is not named
   */
  static SequenceMarks ofBytePairs(TokenIdKeys keys, boolean addsBos) {
    return read(keys, keys.at(BOS), keys.at(EOS), addsBos);
  }

  /**
   * As {@link #ofBytePairs} for SentencePiece, where tokens 1 and 2 are the marks unless the file
   * names others.
   */
  static SequenceMarks ofSentencePieces(TokenIdKeys keys) {
    return read(keys, keys.at(BOS, 1), keys.at(EOS, 2), true);
  }

  private static SequenceMarks read(
      TokenIdKeys keys, OptionalInt bos, OptionalInt eos, boolean addsBos) {
    return new SequenceMarks(
        bos, eos, keys.adds(ADD_BOS, BOS, bos, addsBos), keys.adds(ADD_EOS, EOS, eos, false));
  }
}
