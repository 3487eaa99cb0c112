package dev.lanewise.bench.calibrate;

/** How often which magnitudes occur, in bins of which 128 span a factor of 2. */
final class MagnitudeHistogram {
  /** The bits of a float below the sign that name its bin: 8 of the exponent, 7 of the fraction. */
  private static final int BIN_BITS = 15;

  private static final int SHIFT = Float.SIZE - 1 - BIN_BITS;

  private final long[] counts = new long[1 << BIN_BITS];
  private long total;

  void add(float value) {
    counts[(Float.floatToRawIntBits(value) & Integer.MAX_VALUE) >>> SHIFT]++;
    total++;
  }

  void add(float[] values, int from, int count) {
    for (int i = from; i < from + count; i++) {
      add(values[i]);
    }
  }

  /**
   * The magnitude that a share of all values is below, to four digits. Within a bin values count as
   * evenly spread.
   */
  float quantile(double share) {
    double rank = share * total;
    if (rank == 0) {
      return 0;
    }
    long below = 0;
    int bin = 0;
    while (bin < counts.length - 1 && below + counts[bin] < rank) {
      below += counts[bin];
      bin++;
    }
    double low = Float.intBitsToFloat(bin << SHIFT);
    double high = Float.intBitsToFloat((bin + 1) << SHIFT);
    return FourDigits.of(low + (high - low) * (rank - below) / counts[bin]);
  }
}
