/**
 * Text to token ids and back: byte-level BPE, SentencePiece, unigram and WordPiece vocabularies as
 * GGUF files carry them.
 *
 * <p>Everything here is immutable after loading, so one {@link
 * dev.lanewise.model.tokenizer.Tokenizer} serves any number of threads; only {@link
 * dev.lanewise.model.tokenizer.Detokenizer} has state, one per generation.
 */
package dev.lanewise.model.tokenizer;
