package dev.lanewise.engine.sparse;

import java.util.Arrays;

/** Finds the smallest of the largest positive numbers. For one thread. */
public final class LargestShare {
  /** Numbers of one bin agree in exponent and three more bits. */
  private static final int BIN_SHIFT = 20;

  private static final int BINS = 1 << Integer.SIZE - 1 - BIN_SHIFT;

  private final int[] bins = new int[BINS];

  /** The bits of the positive numbers, which compare as integers. */
  private final int[] positive;

  /** Of up to {@code most} numbers. */
  public LargestShare(int most) {
    positive = new int[most + 1];
  }

  /**
   * The smallest of those positive numbers that are the largest {@code share} of them, rounded down
   * to a whole number of them; infinite if that is none. Numbers equal to it may be more.
   */
  public float least(float[] x, int offset, int n, double share) {
    int count = 0;
    for (int i = offset; i < offset + n; i++) {
      positive[count] = Float.floatToRawIntBits(x[i]);
      count += x[i] > 0 ? 1 : 0;
    }
    int rank = (int) (count * share);
    return rank == 0 ? Float.POSITIVE_INFINITY : Float.intBitsToFloat(ofRank(count, rank));
  }

  /** The bits of the {@code rank}-th largest: finds its bin, and sorts only that. */
  private int ofRank(int count, int rank) {
    Arrays.fill(bins, 0);
    for (int i = 0; i < count; i++) {
      bins[positive[i] >>> BIN_SHIFT]++;
    }
    int bin = BINS - 1;
    int left = rank;
    while (bins[bin] < left) {
      left -= bins[bin];
      bin--;
    }
    int same = 0;
    for (int i = 0; i < count; i++) {
      positive[same] = positive[i];
      same += positive[i] >>> BIN_SHIFT == bin ? 1 : 0;
    }
    Arrays.sort(positive, 0, same);
    return positive[same - left];
  }
}
