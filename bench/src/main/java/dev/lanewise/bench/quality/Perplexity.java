package dev.lanewise.bench.quality;

/**
 * How well a model predicts a text: e to the mean negative log-likelihood of its tokens. 1 would be
 * perfect; guessing among n equally likely tokens has n.
 *
 * @param windows windows of the text that were computed, each from an empty context
 * @param tokens tokens that were scored
 * @param meanNll mean of -ln p(token | tokens before it in its window)
 * @param deviation standard deviation of the negative log-likelihoods
 */
public record Perplexity(int windows, int tokens, double meanNll, double deviation) {
  /** The perplexity. */
  public double value() {
    return Math.exp(meanNll);
  }

  /**
   * The standard error of {@link #value} as an estimate for all text of this kind. Two settings on
   * the same text differ by far less than it says, since their errors go together.
   */
  public double standardError() {
    return value() * deviation / Math.sqrt(tokens);
  }
}
