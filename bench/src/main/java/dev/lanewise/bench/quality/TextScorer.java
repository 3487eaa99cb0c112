package dev.lanewise.bench.quality;

import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import java.util.List;
import java.util.function.IntConsumer;

/** Computes the perplexity of a text as {@code llama-perplexity} does, see {@link TextWindows}. */
public final class TextScorer {
  private final Setting setting;

  /** Scores with one transformer, whose caches are of one format. */
  public TextScorer(Transformer transformer, KvFormat kv) {
    this(Setting.dense(transformer, kv));
  }

  /** Scores with a setting. */
  public TextScorer(Setting setting) {
    this.setting = setting;
  }

  /**
   * The perplexity of a text.
   *
   * @param progress told the number of windows that are done, after each
   */
  public Perplexity score(TextWindows text, IntConsumer progress) {
    try (WindowScores scores = new WindowScores(text, setting, List.of())) {
      scores.compute(progress);
      return scores.base();
    }
  }
}
