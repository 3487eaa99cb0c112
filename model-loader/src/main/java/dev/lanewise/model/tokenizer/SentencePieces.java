package dev.lanewise.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * SentencePiece BPE: of all neighbours whose joined text is a token, those with the highest score
 * merge first, with spaces written as U+2581 (Kudo and Richardson 2018).
 *
 * <p>A character that is no token becomes its UTF-8 bytes as {@code <0xNN>} tokens, or the unknown
 * token if the vocabulary lacks one of those.
 */
final class SentencePieces implements Segmentation {
  static final char SPACE = '\u2581';

  private final Vocabulary vocabulary;
  private final float[] scores;
  private final Optional<MergeTable> merges;
  private final SpacePrefix prefix;
  private final int longestToken;
  private final int unknown;
  private final int[] byteIds = new int[256];

  private SentencePieces(
      Vocabulary vocabulary, TokenIdKeys keys, float[] scores, Optional<MergeTable> merges) {
    this.vocabulary = vocabulary;
    this.scores = scores;
    this.merges = merges;
    this.prefix = SpacePrefix.of(keys.metadata());
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

  /**
   * Throws {@link dev.lanewise.model.ModelFormatException} if the file has not one score for each
   * token.
   */
  static SentencePieces byScores(Vocabulary vocabulary, TokenIdKeys keys) {
    float[] scores = vocabulary.scores(keys.metadata(), keys.file());
    return new SentencePieces(vocabulary, keys, scores, Optional.empty());
  }

  /** With a merge list in the place of scores: only its pairs merge, and in its order. */
  static SentencePieces byMerges(Vocabulary vocabulary, TokenIdKeys keys) {
    MergeTable merges = MergeTable.read(vocabulary, keys.metadata());
    return new SentencePieces(vocabulary, keys, new float[0], Optional.of(merges));
  }

  @Override
  public void encode(
      String text, int from, int to, boolean atStart, PairMerger merger, IdList ids) {
    String fragment =
        prefix.before(text, from, atStart)
            ? " " + text.substring(from, to)
            : text.substring(from, to);
    String pieces = fragment.replace(' ', SPACE);
    merger.clear();
    for (int i = 0; i < pieces.length(); i += Character.charCount(pieces.codePointAt(i))) {
      merger.add(vocabulary.plainIdOf(character(pieces, i)), i);
    }
    PairRule rule =
        merges.isPresent()
            ? (left, right, start, end) -> mergeOf(merges.get(), left, right)
            : (left, right, start, end) -> mergeOf(pieces, start, end);
    merger.mergeAll(pieces.length(), rule);
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

  private static long mergeOf(MergeTable merges, int left, int right) {
    return left < 0 || right < 0 ? PairRule.NONE : merges.find(left, right);
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

  /** No: what a decoder writes goes on a prompt, so that its first space is one. */
  @Override
  public boolean addsSpace() {
    return false;
  }
}
