package dev.lanewise.bench.quality;

/** Natural logarithms of the probabilities that a row of logits stands for. */
final class LogSoftmax {
  private LogSoftmax() {}

  /** ln of the sum of exp over a row: what to take from a logit for its log-probability. */
  static double logSum(float[] logits, int offset, int vocabulary) {
    float max = logits[offset + likeliest(logits, offset, vocabulary)];
    double sum = 0;
    for (int v = 0; v < vocabulary; v++) {
      sum += Math.exp(logits[offset + v] - max);
    }
    return Math.log(sum) + max;
  }

  /** The token with the largest logit; the first of several. */
  static int likeliest(float[] logits, int offset, int vocabulary) {
    int likeliest = 0;
    for (int v = 1; v < vocabulary; v++) {
      if (logits[offset + v] > logits[offset + likeliest]) {
        likeliest = v;
      }
    }
    return likeliest;
  }
}
