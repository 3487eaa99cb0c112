package dev.lanewise.bench.quality;

import java.util.Arrays;

/**
 * How far predictions are from those of a base line, over the scored tokens of a text.
 *
 * @param mean mean of the Kullback-Leibler divergences KL(base line || variant), in nats
 * @param percentile99 99% of the divergences are not larger, by nearest rank
 * @param sameLikeliest share of tokens at which both find the same token the likeliest
 */
public record Divergence(double mean, double percentile99, double sameLikeliest) {
  /** Of the values at each token. */
  static Divergence of(double[] kl, int same) {
    double[] sorted = kl.clone();
    Arrays.sort(sorted);
    double percentile = sorted[(int) Math.ceil(0.99 * sorted.length) - 1];
    return new Divergence(
        Arrays.stream(kl).sum() / kl.length, percentile, (double) same / kl.length);
  }

  /**
   * KL(p || q) = sum of p (ln p - ln q), in nats, of the distributions that two rows of logits
   * stand for. A row against itself has 0 exactly.
   */
  static double kl(float[] p, float[] q, int offset, int vocabulary) {
    double pMax = p[offset + LogSoftmax.likeliest(p, offset, vocabulary)];
    double qMax = q[offset + LogSoftmax.likeliest(q, offset, vocabulary)];
    double pSum = 0;
    double qSum = 0;
    double differences = 0;
    for (int v = offset; v < offset + vocabulary; v++) {
      double pExp = Math.exp(p[v] - pMax);
      pSum += pExp;
      qSum += Math.exp(q[v] - qMax);
      differences += pExp * ((p[v] - pMax) - (q[v] - qMax));
    }
    return differences / pSum - Math.log(pSum) + Math.log(qSum);
  }
}
