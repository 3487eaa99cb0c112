package dev.lanewise.model.tokenizer;

import java.util.OptionalInt;

/**
 * The tokens that stand before and after a sequence, and whether prompts get them.
 *
 * @param bos beginning of sequence
 * @param eos end of sequence
 * @param addsBos whether a text gets the one before it
 * @param addsEos whether a text gets the one behind it
 * @param closesPrompts whether a prompt gets it too, as one that is read as a whole
 */
record SequenceMarks(
    OptionalInt bos, OptionalInt eos, boolean addsBos, boolean addsEos, boolean closesPrompts) {
  private static final String BOS = "tokenizer.ggml.bos_token_id";
  private static final String EOS = "tokenizer.ggml.eos_token_id";
  private static final String CLS = "tokenizer.ggml.cls_token_id";
  // Files spell it like that.
  private static final String SEP = "tokenizer.ggml.seperator_token_id";
  private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
  private static final String ADD_EOS = "tokenizer.ggml.add_eos_token";
  private static final String ADD_SEP = "tokenizer.ggml.add_sep_token";

  /**
   * Reads the marks of a BPE vocabulary. They close prompts if they are the ones between which an
   * encoder reads a text.
   *
   * @param addsBos whether prompts start with a mark where the file does not say
   * @throws dev.lanewise.model.ModelFormatException if an id is outside the vocabulary, or a mark
   *     is to be added that is not named
   */
  static SequenceMarks ofBytePairs(TokenIdKeys keys, boolean addsBos) {
    OptionalInt bos = keys.at(BOS);
    OptionalInt eos = keys.at(EOS);
    boolean addsEos = keys.adds(ADD_EOS, EOS, eos, false);
    boolean closesPrompts =
        addsEos && bos.isPresent() && bos.equals(keys.at(CLS)) && eos.equals(keys.at(SEP));
    return new SequenceMarks(
        bos, eos, keys.adds(ADD_BOS, BOS, bos, addsBos), addsEos, closesPrompts);
  }

  /**
   * As {@link #ofBytePairs} for SentencePiece, where tokens 1 and 2 are the marks unless the file
   * names others.
   */
  static SequenceMarks ofSentencePieces(TokenIdKeys keys) {
    OptionalInt bos = keys.at(BOS, 1);
    OptionalInt eos = keys.at(EOS, 2);
    boolean addsBos = keys.adds(ADD_BOS, BOS, bos, true);
    return new SequenceMarks(bos, eos, addsBos, keys.adds(ADD_EOS, EOS, eos, false), false);
  }

  /** As {@link #ofBytePairs} for a unigram model: token 1 stands behind each text. */
  static SequenceMarks ofUnigram(TokenIdKeys keys) {
    OptionalInt bos = keys.at(BOS);
    OptionalInt eos = keys.at(EOS, 1);
    boolean addsEos = keys.adds(ADD_EOS, EOS, eos, true);
    return new SequenceMarks(bos, eos, keys.adds(ADD_BOS, BOS, bos, false), addsEos, addsEos);
  }

  /** As {@link #ofBytePairs} for WordPiece, where each text stands between two marks. */
  static SequenceMarks ofWordPieces(TokenIdKeys keys) {
    OptionalInt bos = either(keys, CLS, BOS, 101);
    OptionalInt eos = either(keys, SEP, EOS, 102);
    boolean addsEos = keys.adds(ADD_SEP, SEP, eos, keys.adds(ADD_EOS, EOS, eos, true));
    return new SequenceMarks(bos, eos, keys.adds(ADD_BOS, CLS, bos, true), addsEos, addsEos);
  }

  private static OptionalInt either(TokenIdKeys keys, String first, String second, int byDefault) {
    OptionalInt id = keys.at(first);
    return id.isPresent() ? id : keys.at(second, byDefault);
  }
}
