package dev.lanewise.bench.calibrate;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.FfnSkipping;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;

/**
 * Finds the threshold at which a model skips a wanted share of all feed-forward blocks of a text,
 * by bisection: what is skipped changes what follows, so each threshold is tried. The text is
 * computed in windows side by side, each from an empty context, and tokens after the warm-up count.
 */
public final class SkipThreshold {
  /** Halves the range of cosines to 0.00006, which changes the share by less than 0.01. */
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
  public SkipThreshold(Transformer transformer, KvFormat kv, int[] text, int window) {
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
   * A rule that skips a share of the blocks.
   *
   * @param rule whose threshold is replaced
   * @param share of the blocks of all layers, the protected ones too
   * @throws IllegalArgumentException if not as many may be skipped, or the warm-up fills a window
   */
  public FfnSkipping find(FfnSkipping rule, double share) {
    float low = -1;
    float high = 1;
    double most = share(with(rule, low));
    if (!(share >= 0 && share <= most)) {
      throw new IllegalArgumentException(
          "%.3f of the blocks are to be skipped, at most %.3f may; protect fewer layers, or skip more in a row"
              .formatted(share, most));
    }
    for (int step = 0; step < STEPS; step++) {
      float middle = (low + high) / 2;
      if (share(with(rule, middle)) >= share) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return with(rule, low);
  }

  private static FfnSkipping with(FfnSkipping rule, float threshold) {
    return new FfnSkipping(
        threshold,
        rule.mostInARow(),
        rule.protectedFirst(),
        rule.protectedLast(),
        rule.warmUpTokens());
  }

  /**
   * The share of the blocks that a rule skips in the text.
   *
   * @throws IllegalArgumentException if the warm-up fills a window
   */
  public double share(FfnSkipping rule) {
    int counted = window - rule.warmUpTokens();
    if (counted < 1) {
      throw new IllegalArgumentException(
          "%d tokens of warm-up fill a window of %d".formatted(rule.warmUpTokens(), window));
    }
    int windows = text.length / window;
    long skipped = 0;
    try (KvCache cache = transformer.newCache(kv)) {
      for (int w = 0; w < windows; w++) {
        cache.truncate(0);
        for (int from = 0; from < window; from += Transformer.CHUNK) {
          int count = Math.min(Transformer.CHUNK, window - from);
          transformer.clear();
          transformer.addPrompt(cache, text, w * window + from, count, 0, rule);
          transformer.compute();
          skipped += transformer.skipCounts().skippedBlocks();
        }
      }
    }
    return (double) skipped / ((long) windows * counted * transformer.config().layers());
  }
}
