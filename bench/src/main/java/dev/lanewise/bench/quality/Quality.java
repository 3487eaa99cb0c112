package dev.lanewise.bench.quality;

import java.util.Optional;

/**
 * How well one setting predicts a text.
 *
 * @param perplexity of the text
 * @param difference from the setting it was compared with; none for a base line
 */
public record Quality(Perplexity perplexity, Optional<Difference> difference) {
  /**
   * What a setting loses, and may win, against another on the same text.
   *
   * @param increase of the perplexity, as a share of the other's; 0.05 is 5% more
   * @param divergence of its predictions
   * @param sameContinuation share of the tokens of greedy continuations before they differ
   * @param speed of generation, if it was measured
   */
  public record Difference(
      double increase,
      Divergence divergence,
      double sameContinuation,
      Optional<SpeedRatio> speed) {}
}
