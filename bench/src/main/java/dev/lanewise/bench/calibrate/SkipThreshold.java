package dev.lanewise.bench.calibrate;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.FfnSkipping;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Finds the thresholds at which a model skips wanted shares of all feed-forward blocks of a text,
 * by bisection: what is skipped changes what follows, so each threshold is tried, on windows spread
 * over the text. Each is computed from an empty context, and tokens after the warm-up count.
 */
final class SkipThreshold {
  /** Windows that each threshold is tried on. */
  static final int WINDOWS = 8;

  /** How near to what was wanted a share is good enough. */
  private static final double NEAR = 0.002;

  /** Halves the range of cosines to 0.00006, if no threshold before is good enough. */
  private static final int STEPS = 15;

  private final Transformer transformer;
  private final KvFormat kv;
  private final int[] text;
  private final int window;

  /**
   * Calibrates on this text.
   *
   * @param text tokens, without special ones
   * @param window tokens of a window, at most the transformer's context
   * @throws IllegalArgumentException if the text does not fill a window
   */
  SkipThreshold(Transformer transformer, KvFormat kv, int[] text, int window) {
    if (window < 1 || text.length < window) {
      throw new IllegalArgumentException(
          "the text has %d tokens and fills no window of %d".formatted(text.length, window));
    }
    this.transformer = transformer;
    this.kv = kv;
    this.text = text;
    this.window = window;
  }

  /**
   * Checks what can be known beforehand.
   *
   * @throws IllegalArgumentException if a rule cannot skip a share of the blocks of all layers, the
   *     protected ones too, or its warm-up fills a window
   */
  void check(FfnSkipping rule, double share) {
    int layers = transformer.config().layers();
    double largest = rule.largestShare(layers);
    if (!(share >= 0 && share <= largest)) {
      throw new IllegalArgumentException(
          "a sparsity of %s; at most %.3f of the feed-forward blocks of this model can be skipped: of its %d layers the first %d and last %d are protected, and of the others at most %d in a row are skipped"
              .formatted(
                  share,
                  // Rounded down: what is named can be asked for.
                  Math.floor(largest * 1000) / 1000,
                  layers,
                  rule.protectedFirst(),
                  rule.protectedLast(),
                  rule.mostInARow()));
    }
    if (rule.warmUpTokens() >= window) {
      throw new IllegalArgumentException(
          "a window of %d tokens; it must have more than the %d of the warm-up"
              .formatted(window, rule.warmUpTokens()));
    }
  }

  /**
   * Rules that skip shares of the blocks.
   *
   * @param rule whose threshold is replaced
   * @param shares ascending
   * @param progress told the number of rules that are found, after each
   * @throws IllegalArgumentException as {@link #check}
   */
  List<FfnSkipping> find(FfnSkipping rule, List<Double> shares, IntConsumer progress) {
    check(rule, shares.getLast());
    List<FfnSkipping> found = new ArrayList<>();
    float low = -1;
    // The threshold for less is higher, so each search begins where the one for more ended.
    for (double share : shares.reversed()) {
      FfnSkipping next = find(rule, share, low);
      low = next.threshold();
      found.addFirst(next);
      progress.accept(found.size());
    }
    return found;
  }

  private FfnSkipping find(FfnSkipping rule, double wanted, float least) {
    float low = least;
    float high = 1;
    for (int step = 0; step < STEPS; step++) {
      FfnSkipping tried = rule.with((low + high) / 2);
      double share = share(tried, WINDOWS);
      if (Math.abs(share - wanted) <= NEAR) {
        return tried;
      }
      if (share > wanted) {
        low = tried.threshold();
      } else {
        high = tried.threshold();
      }
    }
    return rule.with(low);
  }

  /**
   * The share of the blocks that a rule skips in windows spread over the text.
   *
   * @param most how many windows, if the text has as many
   */
  double share(FfnSkipping rule, int most) {
    int counted = window - rule.warmUpTokens();
    int all = text.length / window;
    int windows = Math.min(most, all);
    long skipped = 0;
    try (KvCache cache = transformer.newCache(kv)) {
      for (int w = 0; w < windows; w++) {
        cache.truncate(0);
        int start = (int) ((long) w * all / windows) * window;
        for (int from = 0; from < window; from += Transformer.CHUNK) {
          int count = Math.min(Transformer.CHUNK, window - from);
          transformer.clear();
          transformer.addPrompt(cache, text, start + from, count, 0, rule);
          transformer.compute();
          skipped += transformer.skipCounts().skippedBlocks();
        }
      }
    }
    return (double) skipped / ((long) windows * counted * transformer.config().layers());
  }
}
