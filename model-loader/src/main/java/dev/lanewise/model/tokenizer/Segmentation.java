package dev.lanewise.model.tokenizer;

import java.io.ByteArrayOutputStream;

/** Turns text without special tokens into ids, one class per algorithm. */
sealed interface Segmentation permits BytePairEncoding, SentencePieces, Unigram, WordPieces {
  /**
   * Appends the ids of {@code text[from, to)}.
   *
   * @param text well-formed UTF-16
   * @param atStart whether it is the start of the prompt; else it lies behind a special token
   * @param merger scratch memory of the calling thread
   */
  void encode(String text, int from, int to, boolean atStart, PairMerger merger, IdList ids);

  /** Appends the bytes that a normal token of this vocabulary text stands for. */
  void spell(String token, ByteArrayOutputStream bytes);

  /** Whether the space that a text starts with may be one that the text did not have. */
  boolean addsSpace();
}
