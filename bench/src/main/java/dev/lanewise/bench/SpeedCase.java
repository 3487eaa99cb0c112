package dev.lanewise.bench;

import dev.lanewise.bench.limit.MachineLimits;
import dev.lanewise.engine.transformer.WeightSizes;

/**
 * One thing to time, called as {@code llama-bench} calls it: {@code pp512}, {@code tg128}, {@code
 * tg128 @ d4096}; {@code tg128x8} are eight sequences that are decoded together.
 *
 * @param kind whether tokens are read together or written one after the other
 * @param tokens how many, of each sequence
 * @param depth tokens of each sequence that are in its cache before
 * @param sequences that are computed together; 1 for prompts
 */
public record SpeedCase(Kind kind, int tokens, int depth, int sequences) {
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

  /** Reading a prompt of {@code tokens} tokens. */
  public static SpeedCase prefill(int tokens, int depth) {
    return new SpeedCase(Kind.PREFILL, tokens, depth, 1);
  }

  /** {@code tokens} steps of one token for each sequence. */
  public static SpeedCase decode(int tokens, int depth, int sequences) {
    return new SpeedCase(Kind.DECODE, tokens, depth, sequences);
  }

  /** The name of the test. */
  public String name() {
    return kind.prefix
        + tokens
        + (sequences == 1 ? "" : "x" + sequences)
        + (depth == 0 ? "" : " @ d" + depth);
  }

  /** Whether a text is read with nothing before or behind it. */
  public boolean readsAlone() {
    return kind == Kind.PREFILL && depth == 0;
  }

  /** Tokens of context that a sequence needs. */
  public int context() {
    return Math.addExact(depth, tokens);
  }

  /**
   * The positions that a token attends to, the own one among them, on average over the steps of
   * decoding.
   *
   * @param window how many it attends to at most
   */
  public double meanPositions(int window) {
    double sum = 0;
    for (int token = 1; token <= tokens; token++) {
      sum += Math.min(window, depth + token);
    }
    return sum / tokens;
  }

  /**
   * Which part of what the machine allows a speed is. Decoding: bytes of weights, keys and values
   * read a second, of the memory's; sequences share the weights. Prompts: operations of the
   * matrices a second, of the cores'; the head is computed for the last token only, and attention
   * is not counted. Of experts, those that tokens use count.
   *
   * @param tokensPerSecond a measured speed, of all sequences together
   * @param weights what there is to multiply with
   * @param kvBytes of the keys and values that a step reads for one sequence, on average
   */
  public double fractionOf(
      MachineLimits limits, double tokensPerSecond, WeightSizes weights, double kvBytes) {
    return switch (kind) {
      case PREFILL -> {
        double weightsPerToken =
            weights.layerWeightsOfToken() + (double) weights.headWeights() / tokens;
        yield tokensPerSecond * 2 * weightsPerToken / limits.bestFlopPerSecond();
      }
      case DECODE ->
          tokensPerSecond
              / sequences
              * (weights.bytesOfStep(sequences) + sequences * kvBytes)
              / limits.bestBytesPerSecond();
    };
  }
}
