package dev.lanewise.engine.grammar;

import dev.lanewise.engine.grammar.TokenTrie.Token;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The tokens of a model as constraints see them: those that add bytes to the text, and those that
 * end it. Control tokens and others without bytes may never come. Immutable.
 */
final class Vocabulary {
  /** Longer tokens are few, and kept apart. */
  static final int SHORT = 16;

  private final byte[][] bytes;
  private final long[] ends;
  private final TokenTrie shortTokens;
  private final TokenTrie longTokens;
  private final int longest;

  Vocabulary(Tokenizer tokenizer) {
    int size = tokenizer.vocabularySize();
    bytes = new byte[size][];
    ends = new long[(size + 63) / 64];
    List<Token> ofShort = new ArrayList<>();
    List<Token> ofLong = new ArrayList<>();
    int most = 0;
    for (int id = 0; id < size; id++) {
      boolean isEnd = tokenizer.isEndOfGeneration(id);
      bytes[id] = isEnd || tokenizer.isControl(id) ? new byte[0] : tokenizer.bytesOf(id);
      if (isEnd) {
        ends[id / 64] |= 1L << id;
      } else if (bytes[id].length > 0) {
        (bytes[id].length <= SHORT ? ofShort : ofLong).add(new Token(id, bytes[id]));
        most = Math.max(most, bytes[id].length);
      }
    }
    shortTokens = new TokenTrie(ofShort);
    longTokens = new TokenTrie(ofLong);
    longest = most;
  }

  /** The bytes of a token, not to be changed; none if it may not come or ends the text. */
  byte[] bytesOf(int token) {
    return bytes[token];
  }

  boolean isEnd(int token) {
    return (ends[token / 64] >>> token & 1) != 0;
  }

  /** The tokens that end the text, as a mask that is not to be changed. */
  long[] ends() {
    return ends;
  }

  /** Tokens of up to {@link #SHORT} bytes. */
  TokenTrie shortTokens() {
    return shortTokens;
  }

  /** Tokens of more than {@link #SHORT} bytes. */
  TokenTrie longTokens() {
    return longTokens;
  }

  /** The bytes of the longest token. */
  int longest() {
    return longest;
  }
}
