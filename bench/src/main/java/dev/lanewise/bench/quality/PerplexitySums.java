package dev.lanewise.bench.quality;

/** What adds up over the scored tokens of a text. */
final class PerplexitySums {
  private int tokens;
  private double nll;
  private double squares;

  /** A token was predicted with this negative log-likelihood. */
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
