package dev.lanewise.bench.quality;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import java.util.function.IntConsumer;

/**
 * Computes the perplexity of a text as {@code llama-perplexity} does: windows of tokens side by
 * side, each from an empty context and without a beginning-of-sequence token; the first half of a
 * window is context only, the second is scored. What does not fill a window at the end of the text
 * is left out.
 */
public final class TextScorer {
  /** Rows of logits held at a time: 256 of 128,000 tokens take 131 MB. */
  private static final int ROWS = 256;

  private final Transformer transformer;
  private final KvFormat kv;
  private final Sparsity left;

  /** Scores with one transformer, whose caches are of one format. */
  public TextScorer(Transformer transformer, KvFormat kv) {
    this(transformer, kv, Sparsity.NONE);
  }

  /**
   * As {@link #TextScorer(Transformer, KvFormat)}.
   *
   * @param left what is left out, at every position
   */
  public TextScorer(Transformer transformer, KvFormat kv, Sparsity left) {
    this.transformer = transformer;
    this.kv = kv;
    this.left = left;
  }

  /**
   * The perplexity of a text.
   *
   * @param tokens the text, without special tokens
   * @param window tokens of a window
   * @param progress told the number of windows that are done, after each
   * @throws IllegalArgumentException if a window has less than 4 tokens or more than the
   *     transformer's context, or the text does not fill one
   */
  public Perplexity score(int[] tokens, int window, IntConsumer progress) {
    try (KvCache cache = transformer.newCache(kv)) {
      if (window < 4 || window > cache.capacity()) {
        throw new IllegalArgumentException(
            "a window of %d tokens; it may have 4 up to the context, which is %d"
                .formatted(window, cache.capacity()));
      }
      if (tokens.length < window) {
        throw new IllegalArgumentException(
            "the text has %d tokens and fills no window of %d".formatted(tokens.length, window));
      }
      int windows = tokens.length / window;
      Sums sums = new Sums();
      for (int w = 0; w < windows; w++) {
        cache.truncate(0);
        scoreWindow(cache, tokens, w * window, window, sums);
        progress.accept(w + 1);
      }
      return sums.result(windows);
    }
  }

  /** What adds up over all scored tokens. */
  private static final class Sums {
    private int tokens;
    private double nll;
    private double squares;

    void add(double nll) {
      tokens++;
      this.nll += nll;
      squares += nll * nll;
    }

    Perplexity result(int windows) {
      double mean = nll / tokens;
      double variance = Math.max(0, squares / tokens - mean * mean);
      return new Perplexity(windows, tokens, mean, Math.sqrt(variance));
    }
  }

  /** The token after position {@code window / 2} is the first that is scored. */
  private void scoreWindow(KvCache cache, int[] tokens, int start, int window, Sums sums) {
    int context = window / 2;
    for (int from = 0; from < context; from += Transformer.CHUNK) {
      int count = Math.min(Transformer.CHUNK, context - from);
      transformer.clear();
      transformer.addPrompt(cache, tokens, start + from, count, 0, left);
      transformer.compute();
    }
    for (int from = context; from < window - 1; from += ROWS) {
      int count = Math.min(ROWS, window - 1 - from);
      float[] logits = transformer.prefillAllLogits(cache, tokens, start + from, count, left);
      for (int row = 0; row < count; row++) {
        sums.add(nll(logits, row, tokens[start + from + row + 1]));
      }
    }
  }

  /** -ln of the softmax of row {@code row} at {@code token}. */
  private double nll(float[] logits, int row, int token) {
    int vocabulary = transformer.config().vocabulary();
    int offset = row * vocabulary;
    float max = Float.NEGATIVE_INFINITY;
    for (int v = 0; v < vocabulary; v++) {
      max = Math.max(max, logits[offset + v]);
    }
    double sum = 0;
    for (int v = 0; v < vocabulary; v++) {
      sum += Math.exp(logits[offset + v] - max);
    }
    return Math.log(sum) + max - logits[offset + token];
  }
}
