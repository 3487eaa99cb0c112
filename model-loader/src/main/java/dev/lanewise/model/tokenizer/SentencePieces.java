package dev.lanewise.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * SentencePiece BPE: of all neighbours whose joined text is a token, those with the highest score
 * merge first, with spaces written as U+2581 (Kudo and Richardson 2018).
 *
 * <p>A character that is no token becomes its UTF-8 bytes as {@code <0xNN>} tokens, or the unknown
 * token if the vocabulary lacks one of those.
 */
final class SentencePieces implements Segmentation {
  private static final char SPACE = '\u2581';

  private final Vocabulary vocabulary;
  private final float[] scores;
  private final boolean addsSpace;
  private final int longestToken;
  private final int unknown;
  private final int[] byteIds = new int[256];

  /**
   * Throws {@link dev.lanewise.model.ModelFormatException} if the file has not one score for each
   * token.
   */
  SentencePieces(Vocabulary vocabulary, TokenIdKeys keys) {
    this.vocabulary = vocabulary;
    this.scores = vocabulary.scores(keys.metadata(), keys.file());
    this.addsSpace = keys.metadata().optBool("tokenizer.ggml.add_space_prefix").orElse(true);
    this.unknown = keys.at("tokenizer.ggml.unknown_token_id").orElse(0);
    int longest = 0;
    for (int id = 0; id < vocabulary.size(); id++) {
      longest = Math.max(longest, vocabulary.text(id).length());
    }
    this.longestToken = longest;
    for (int b = 0; b < byteIds.length; b++) {
      byteIds[b] = vocabulary.idOf("<0x%02X>".formatted(b));
    }
  }

  @Override
  public void encode(String text, int from, int to, PairMerger merger, IdList ids) {
    String fragment = (addsSpace ? " " : "") + text.substring(from, to);
    String pieces = fragment.replace(' ', SPACE);
    merger.clear();
    for (int i = 0; i < pieces.length(); i += Character.charCount(pieces.codePointAt(i))) {
      merger.add(vocabulary.plainIdOf(character(pieces, i)), i);
    }
    merger.mergeAll(pieces.length(), (left, right, start, end) -> mergeOf(pieces, start, end));
    for (int symbol = 0; symbol < merger.count(); symbol++) {
      if (merger.id(symbol) >= 0) {
        ids.add(merger.id(symbol));
      } else {
        addBytes(character(pieces, merger.start(symbol)), ids);
      }
    }
  }

  private static String character(String text, int start) {
    return text.substring(start, start + Character.charCount(text.codePointAt(start)));
  }

  private long mergeOf(String text, int start, int end) {
    if (end - start > longestToken) {
      return PairRule.NONE;
    }
    int id = vocabulary.plainIdOf(text.substring(start, end));
    return id < 0 ? PairRule.NONE : PairRule.of(rankOf(scores[id]), id);
  }

  /**
   * Ranks that order as the scores do, highest first: the bits of a float, its sign taken into
   * account.
   */
  private static int rankOf(float score) {
    // Adding zero turns -0 into +0, which has other bits.
    int bits = Float.floatToIntBits(score + 0f);
    int ascending = bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
    return ~ascending;
  }

  private void addBytes(String character, IdList ids) {
    byte[] bytes = character.getBytes(StandardCharsets.UTF_8);
    for (byte b : bytes) {
      if (byteIds[b & 0xFF] < 0) {
        ids.add(unknown);
        return;
      }
    }
    for (byte b : bytes) {
      ids.add(byteIds[b & 0xFF]);
    }
  }

  @Override
  public void spell(String token, ByteArrayOutputStream bytes) {
    bytes.writeBytes(token.replace(SPACE, ' ').getBytes(StandardCharsets.UTF_8));
  }
}
