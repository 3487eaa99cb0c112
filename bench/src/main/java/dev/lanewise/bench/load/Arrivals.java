package dev.lanewise.bench.load;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Moments at which requests arrive, as a Poisson process. */
final class Arrivals {
  private final double perSecond;
  private final RandomGenerator random;
  private double seconds;

  /**
   * Arrivals from time 0 on.
   *
   * @param perSecond how many in the mean, above 0
   */
  Arrivals(double perSecond, long seed) {
    this.perSecond = perSecond;
    random = new SplittableRandom(seed);
  }

  /** The next one, in nanoseconds from the start. */
  long next() {
    seconds += random.nextExponential() / perSecond;
    return (long) (seconds * 1e9);
  }
}
