package dev.lanewise.model.tokenizer;

import dev.lanewise.model.ModelFormatException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A unigram language model: of all ways to cut a text into pieces the one whose scores, which are
 * logarithms of probabilities, have the highest sum, with spaces written as U+2581 (Kudo 2018,
 * "Subword Regularization", section 3.2).
 *
 * <p>A character that is no piece scores {@value #UNKNOWN_PENALTY} less than the worst piece.
 * Neighbours of that kind become their UTF-8 bytes, where the file says so and has a token for each
 * of them, or else one unknown token.
 */
final class Unigram implements Segmentation {
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String UNKNOWN = "tokenizer.ggml.unknown_token_id";
  private static final String BYTE_FALLBACK = "tokenizer.hub.byte_fallback";

  private static final double UNKNOWN_PENALTY = 10;

  private final WordCuts cuts;
  private final PieceTrie pieces = new PieceTrie();
  private final float[] scores;
  private final int unknown;
  private final double unknownScore;
  private final boolean byteFallback;
  private final int[] byteIds = new int[256];

  /**
   * Reads the scores.
   *
   * @throws ModelFormatException if there is not one finite score for each token, or no unknown
   *     token
   */
  Unigram(Vocabulary vocabulary, TokenIdKeys keys) {
    this.cuts = WordCuts.of(keys.metadata());
    this.scores = vocabulary.scores(keys.metadata(), keys.file());
    this.unknown =
        keys.at(UNKNOWN, 2)
            .orElseThrow(() -> new ModelFormatException(keys.file(), UNKNOWN, "missing"));
    this.byteFallback = keys.metadata().optBool(BYTE_FALLBACK).orElse(false);
    for (int b = 0; b < byteIds.length; b++) {
      byteIds[b] = vocabulary.idOf("<0x%02X>".formatted(b));
    }
    double worst = 0;
    for (int id = 0; id < scores.length; id++) {
      if (!Float.isFinite(scores[id])) {
        throw new ModelFormatException(
            keys.file(), SCORES, "token %d has the score %s".formatted(id, scores[id]));
      }
      String text = vocabulary.text(id);
      if (!vocabulary.isPiece(id)) {
        continue;
      }
      pieces.add(text, id);
      worst = vocabulary.type(id) == TokenType.NORMAL ? Math.min(worst, scores[id]) : worst;
    }
    this.unknownScore = worst - UNKNOWN_PENALTY;
  }

  @Override
  public void encode(
      String text, int from, int to, boolean atStart, PairMerger merger, IdList ids) {
    Lattice lattice = new Lattice();
    cuts.cut(text, from, to, atStart, (word, start, end) -> encode(word, start, end, lattice, ids));
  }

  private void encode(String word, int from, int to, Lattice lattice, IdList ids) {
    lattice.start(to - from);
    for (int i = from; i < to; ) {
      int next = i + Character.charCount(word.codePointAt(i));
      boolean isPiece = false;
      int node = PieceTrie.ROOT;
      for (int end = i; end < to; ) {
        node = pieces.next(node, word.charAt(end++));
        if (node < 0) {
          break;
        }
        int id = pieces.id(node);
        if (id >= 0) {
          lattice.offer(i - from, end - from, id, scores[id]);
          isPiece |= end == next;
        }
      }
      if (!isPiece) {
        lattice.offer(i - from, next - from, unknown, unknownScore);
      }
      i = next;
    }
    int pathLength = lattice.findPath(to - from);
    for (int i = 0; i < pathLength; i++) {
      int id = lattice.idAt(i);
      if (id != unknown) {
        ids.add(id);
        continue;
      }
      int first = i;
      while (i + 1 < pathLength && lattice.idAt(i + 1) == unknown) {
        i++;
      }
      addUnknown(word, from + lattice.startAt(first), from + lattice.endAt(i), ids);
    }
  }

  private void addUnknown(String word, int from, int to, IdList ids) {
    byte[] bytes = word.substring(from, to).getBytes(StandardCharsets.UTF_8);
    for (byte b : bytes) {
      if (!byteFallback || byteIds[b & 0xFF] < 0) {
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
    bytes.writeBytes(token.replace(SentencePieces.SPACE, ' ').getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public boolean addsSpace() {
    return cuts.prefix() != SpacePrefix.NEVER;
  }

  /** The best way to each position of a word, by the piece that ends there. */
  private static final class Lattice {
    private static final int UNREACHED = -1;

    private double[] sums = new double[64];
    private int[] starts = new int[64];
    private int[] ids = new int[64];

    /** Positions at which the pieces of the best way end, the last one first. */
    private int[] path = new int[64];

    private int pathLength;

    void start(int length) {
      if (length >= sums.length) {
        int capacity = 2 * length;
        sums = new double[capacity];
        starts = new int[capacity];
        ids = new int[capacity];
        path = new int[capacity];
      }
      Arrays.fill(starts, 0, length + 1, UNREACHED);
      sums[0] = 0;
    }

    /** Of equal sums the first one offered stays, which has the longest last piece. */
    void offer(int start, int end, int id, double score) {
      double sum = sums[start] + score;
      if (starts[end] == UNREACHED || sum > sums[end]) {
        sums[end] = sum;
        starts[end] = start;
        ids[end] = id;
      }
    }

    /** Finds the pieces of the best way to a position, and returns how many there are. */
    int findPath(int end) {
      pathLength = 0;
      for (int at = end; at > 0; at = starts[at]) {
        path[pathLength++] = at;
      }
      return pathLength;
    }

    int idAt(int index) {
      return ids[endAt(index)];
    }

    int startAt(int index) {
      return starts[endAt(index)];
    }

    int endAt(int index) {
      return path[pathLength - 1 - index];
    }
  }
}
