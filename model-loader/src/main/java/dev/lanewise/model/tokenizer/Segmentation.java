package dev.lanewise.model.tokenizer;

import java.io.ByteArrayOutputStream;

/** Turns text without special tokens into ids, one class per algorithm. */
sealed interface Segmentation permits BytePairEncoding, SentencePieces {
  /**
   * Appends the ids of {@code text[from, to)}, which lies at the start of the prompt or behind a
   * special token.
   *
   * @param text well-formed UTF-16
   * @param merger scratch memory of the calling thread
   */
  void encode(String text, int from, int to, PairMerger merger, IdList ids);

  /** Appends the bytes that a normal token of this vocabulary text stands for. */
  void spell(String token, ByteArrayOutputStream bytes);
}
