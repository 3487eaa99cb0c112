package dev.lanewise.engine.sample;

import java.util.OptionalLong;

/**
 * How tokens are chosen. The logits are divided by the temperature and become probabilities; then
 * top-k, top-p and min-p each narrow the choice; one of the rest is drawn.
 *
 * @param temperature 0 always takes the likeliest token
 * @param topK keep the k likeliest tokens; 0 for all
 * @param topP keep the likeliest tokens until their probabilities reach p; 1 for all
 * @param minP keep tokens at least p times as likely as the likeliest; 0 for all
 * @param seed makes a run repeatable; empty: different each time
 */
public record Sampling(float temperature, int topK, float topP, float minP, OptionalLong seed) {
  /**
   * Temperature 0.8, top-k 40, top-p 0.95, min-p 0.05: what users of other local engines are used
   * to.
   */
  public static Sampling defaults() {
    return new Sampling(0.8f, 40, 0.95f, 0.05f, OptionalLong.empty());
  }

  /** The likeliest token, always. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 0, OptionalLong.empty());
  }
}
