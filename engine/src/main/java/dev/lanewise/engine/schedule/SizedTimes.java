package dev.lanewise.engine.schedule;

import java.util.Arrays;

/** How long something has taken lately, for some sizes; the other sizes follow from those. */
final class SizedTimes {
  /**
   * By how much a time goes up or down with each measurement, so that it comes to the median: on a
   * shared machine some measurements are twice as long, and would rule a mean.
   */
  private static final double STEP = 1.05;

  private final int[] sizes;

  /** Nanoseconds for each size; 0 for unknown. */
  private final double[] times;

  /**
   * Nothing is known yet.
   *
   * @param sizes at least one, rising
   */
  SizedTimes(int... sizes) {
    this.sizes = sizes.clone();
    times = new double[sizes.length];
  }

  /** Takes note of a time. Sizes between are left out: the line through their neighbours serves. */
  void took(int size, double nanos) {
    int at = Arrays.binarySearch(sizes, size);
    if (at >= 0) {
      times[at] = times[at] == 0 ? nanos : towards(nanos, times[at]);
    }
  }

  private static double towards(double nanos, double time) {
    return nanos > time ? Math.min(nanos, time * STEP) : Math.max(nanos, time / STEP);
  }

  boolean isKnown() {
    return nearest(0, -1) >= 0;
  }

  /**
   * What a size will take, on the line through the two nearest known ones, which does not fall; 0
   * if none is known.
   */
  double nanos(int size) {
    int nearest = nearest(size, -1);
    if (nearest < 0) {
      return 0;
    }
    int second = nearest(size, nearest);
    if (second < 0) {
      return times[nearest] * size / sizes[nearest];
    }
    double slope = (times[second] - times[nearest]) / (sizes[second] - sizes[nearest]);
    return Math.max(0, times[nearest] + Math.max(0, slope) * (size - sizes[nearest]));
  }

  /** The known size that is nearest, but for {@code other}; -1 if there is none. */
  private int nearest(int size, int other) {
    int nearest = -1;
    for (int i = 0; i < sizes.length; i++) {
      if (i != other
          && times[i] != 0
          && (nearest < 0 || Math.abs(sizes[i] - size) < Math.abs(sizes[nearest] - size))) {
        nearest = i;
      }
    }
    return nearest;
  }
}
