package dev.lanewise.bench.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Divergences of distributions that can be computed by hand. */
final class DivergenceTest {
  /** Logits may have any sum; the second row of two. */
  private static float[] logits(double shift, double... probabilities) {
    float[] logits = new float[2 * probabilities.length];
    for (int i = 0; i < probabilities.length; i++) {
      logits[probabilities.length + i] = (float) (Math.log(probabilities[i]) + shift);
    }
    return logits;
  }

  @Test
  void isTheMeanOfTheDifferencesOfLogProbabilities() {
    float[] p = logits(3, 0.5, 0.25, 0.25);
    float[] q = logits(-20, 0.25, 0.5, 0.25);
    assertEquals(0.25 * Math.log(2), Divergence.kl(p, q, 3, 3), 1e-6);
    float[] skewed = logits(0, 0.125, 0.25, 0.625);
    double expected = 0.5 * Math.log(4) + 0.25 * Math.log(0.25 / 0.625);
    assertEquals(expected, Divergence.kl(p, skewed, 3, 3), 1e-6);
  }

  @Test
  void ofADistributionAndItselfIsZero() {
    Random random = new Random(7);
    float[] logits = new float[1000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (30 * random.nextGaussian());
    }
    assertEquals(0, Divergence.kl(logits, logits, 0, logits.length));
  }

  @Test
  void percentilesAreNearestRanks() {
    double[] kl = IntStream.rangeClosed(1, 200).mapToDouble(i -> 201 - i).toArray();
    assertEquals(new Divergence(100.5, 198, 0.25), Divergence.of(kl, 50));
    assertEquals(new Divergence(7, 7, 1), Divergence.of(new double[] {7}, 1));
  }
}
