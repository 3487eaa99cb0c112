package dev.lanewise.bench;

import dev.lanewise.bench.limit.MachineLimits;
import dev.lanewise.engine.transformer.WeightSizes;

/**
 * One thing to time, called as {@code llama-bench} calls it: {@code pp512}, {@code tg128}, {@code
 * tg128 @ d4096}.
 *
 * @param kind whether tokens are read together or written one after the other
 * @param tokens how many
 * @param depth tokens that are in the cache before
 */
public record SpeedTest(Kind kind, int tokens, int depth) {
  /** What is done with the tokens. */
  public enum Kind {
    /** A prompt ("pp"). */
    PREFILL("pp"),
    /** Single steps ("tg"). */
    DECODE("tg");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  /** The name of the test. */
  public String name() {
    return kind.prefix + tokens + (depth == 0 ? "" : " @ d" + depth);
  }

  /** Tokens of context it needs. */
  public int context() {
    return Math.addExact(depth, tokens);
  }

  /**
   * Which part of what the machine allows a speed is. Decoding: bytes of weights, keys and values
   * read a second, of the memory's. Prompts: operations of the matrices a second, of the cores';
   * the head is computed for the last token only, and attention is not counted.
   *
   * @param tokensPerSecond a measured speed
   * @param weights what there is to multiply with
   * @param kvBytes of one token's keys and values in all layers
   */
  public double fractionOf(
      MachineLimits limits, double tokensPerSecond, WeightSizes weights, long kvBytes) {
    return switch (kind) {
      case PREFILL -> {
        double weightsPerToken = weights.layerWeights() + (double) weights.headWeights() / tokens;
        yield tokensPerSecond * 2 * weightsPerToken / limits.bestFlopPerSecond();
      }
      case DECODE -> {
        // The mean step; a step reads its own token's keys and values too.
        double positions = depth + (tokens + 1) / 2.0;
        yield tokensPerSecond
            * (weights.bytes() + positions * kvBytes)
            / limits.bestBytesPerSecond();
      }
    };
  }
}
