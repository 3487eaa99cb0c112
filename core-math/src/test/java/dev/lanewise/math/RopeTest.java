package dev.lanewise.math;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RopeTest {
  private static final int DIMS = 64;
  private static final double THETA = 150_000;
  private static final double FACTOR = 32;
  private static final int ORIGINAL = 4096;

  /** As gpt-oss is published, by the formulas of the paper. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void yarnStretchesSlowRotationsOnly(boolean truncated) {
    Rope rope =
        Rope.yarn(2, DIMS, THETA, FACTOR, ORIGINAL, 32, 1, truncated, 1.5, Rope.Layout.PAIRS);
    // The pair that makes r turns: theta^(2i / dims) = original / (2 pi r).
    double low = DIMS / 2.0 * Math.log(ORIGINAL / (64 * Math.PI)) / Math.log(THETA);
    double high = DIMS / 2.0 * Math.log(ORIGINAL / (2 * Math.PI)) / Math.log(THETA);
    if (truncated) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    for (int i = 0; i < DIMS / 2; i++) {
      double share = Math.clamp((i - low) / (high - low), 0.0, 1.0);
      double angle = Math.pow(THETA, -2.0 * i / DIMS) * ((1 - share) + share / FACTOR);
      float[] x = new float[DIMS];
      x[2 * i] = 1;
      rope.rotate(x, 0, 1, DIMS, 1);
      assertEquals(1.5 * Math.cos(angle), x[2 * i], 1e-6, "pair " + i);
      assertEquals(1.5 * Math.sin(angle), x[2 * i + 1], 1e-6, "pair " + i);
    }
  }
}
