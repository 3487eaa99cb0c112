package dev.lanewise.bench.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MagnitudeHistogramTest {
  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.25, 0.5, 0.7, 0.95})
  void quantilesAreThoseOfTheSortedMagnitudes(double share) {
    MagnitudeHistogram histogram = new MagnitudeHistogram();
    Random random = new Random(1);
    float[] magnitudes = new float[100_000];
    for (int i = 0; i < magnitudes.length; i++) {
      float value = (float) (random.nextGaussian() * Math.exp(random.nextGaussian()));
      histogram.add(value);
      magnitudes[i] = Math.abs(value);
    }
    Arrays.sort(magnitudes);
    float expected = magnitudes[(int) (share * magnitudes.length)];
    assertEquals(expected, histogram.quantile(share), 0.003 * expected);
  }

  @Test
  void addsARangeOfAnArray() {
    MagnitudeHistogram histogram = new MagnitudeHistogram();
    histogram.add(new float[] {9, -2, 2, -2, 9}, 1, 3);
    assertEquals(2, histogram.quantile(0.99), 0.02);
  }

  @Test
  void nothingIsBelowZero() {
    MagnitudeHistogram histogram = new MagnitudeHistogram();
    histogram.add(new float[] {1, 2, 3}, 0, 3);
    assertEquals(0, histogram.quantile(0));
  }
}
