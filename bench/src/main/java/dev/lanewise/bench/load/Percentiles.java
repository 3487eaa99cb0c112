package dev.lanewise.bench.load;

import java.util.Arrays;
import java.util.Optional;

/**
 * What is known of many times, in milliseconds: the time which half, nine tenths, 99 of a hundred
 * and all of them do not exceed.
 *
 * @param count how many there are, at least 1
 */
public record Percentiles(int count, double p50, double p90, double p99, double max) {
  /** The percentiles of some times, empty if there are none. */
  static Optional<Percentiles> of(double[] millis) {
    if (millis.length == 0) {
      return Optional.empty();
    }
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    return Optional.of(
        new Percentiles(
            sorted.length,
            rank(sorted, 50),
            rank(sorted, 90),
            rank(sorted, 99),
            rank(sorted, 100)));
  }

  /** The nearest rank: the smallest time that so many percent do not exceed. */
  private static double rank(double[] sorted, int percent) {
    return sorted[Math.ceilDiv(sorted.length * percent, 100) - 1];
  }
}
