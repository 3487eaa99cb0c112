package dev.lanewise.bench.quality;

import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * How long greedy continuations of a text stay the same: the first halves of some windows, spread
 * over the text, are continued with the likeliest token each time. What follows the first different
 * token is another text, so it counts as different.
 */
final class Continuations {
  /** Tokens of each continuation. */
  static final int TOKENS = 64;

  private static final int MOST = 16;

  private final TextWindows text;

  Continuations(TextWindows text) {
    this.text = text;
  }

  /** How many texts are continued. */
  int count() {
    return Math.min(MOST, text.count());
  }

  /** Tokens that a context needs room for. */
  int context() {
    return text.contextLength() + TOKENS;
  }

  /**
   * For each variant the share of tokens before the first that is not the base line's, over all
   * continuations.
   *
   * @param progress told the part that is done
   */
  double[] agreement(Setting base, List<Setting> variants, DoubleConsumer progress) {
    int[] same = new int[variants.size()];
    for (int i = 0; i < count(); i++) {
      int start = text.start((int) ((long) i * text.count() / count()));
      int[] expected = continuation(base, start);
      for (int v = 0; v < same.length; v++) {
        same[v] += sameTokens(variants.get(v), start, expected);
      }
      progress.accept((i + 1.0) / count());
    }
    double[] shares = new double[same.length];
    for (int v = 0; v < same.length; v++) {
      shares[v] = (double) same[v] / (count() * TOKENS);
    }
    return shares;
  }

  private int[] continuation(Setting setting, int start) {
    int[] tokens = new int[TOKENS];
    try (MeasuredSequence sequence = new MeasuredSequence(setting)) {
      float[] logits = sequence.read(text.tokens(), start, text.contextLength());
      for (int i = 0; i < TOKENS; i++) {
        tokens[i] = LogSoftmax.likeliest(logits, 0, setting.vocabulary());
        logits = sequence.step(tokens[i]);
      }
    }
    return tokens;
  }

  private int sameTokens(Setting setting, int start, int[] expected) {
    try (MeasuredSequence sequence = new MeasuredSequence(setting)) {
      float[] logits = sequence.read(text.tokens(), start, text.contextLength());
      int same = 0;
      while (same < TOKENS
          && LogSoftmax.likeliest(logits, 0, setting.vocabulary()) == expected[same]) {
        logits = sequence.step(expected[same]);
        same++;
      }
      return same;
    }
  }
}
