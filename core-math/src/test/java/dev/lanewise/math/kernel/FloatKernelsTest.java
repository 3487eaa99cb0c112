package dev.lanewise.math.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the vector kernels with the scalar ones that define them. */
final class FloatKernelsTest {
  private static final int OFFSET = 3;
  private final FloatKernels scalar = Kernels.scalar().floats();
  private final FloatKernels vector = Kernels.best().floats();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 576, 1536})
  void vectorAndScalarAgree(int n) {
    for (float extreme : new float[] {0, 1, 1e-40f, -30, 1e15f}) {
      float[] a = vector(n, extreme);
      float[] b = vector(n, 0.5f);
      double tolerance = 1e-5;

      float[] expected = a.clone();
      float[] actual = a.clone();
      scalar.softmax(expected, OFFSET, n);
      vector.softmax(actual, OFFSET, n);
      assertRelative(expected, actual, tolerance);

      expected = new float[n + OFFSET];
      actual = new float[n + OFFSET];
      float inverse = scalar.inverseRms(a, OFFSET, n, 1e-5f);
      assertEquals(inverse, vector.inverseRms(a, OFFSET, n, 1e-5f), tolerance * inverse);
      scalar.scale(a, OFFSET, inverse, b, 0, expected, OFFSET, n);
      vector.scale(a, OFFSET, inverse, b, 0, actual, OFFSET, n);
      assertArrayEquals(expected, actual);

      expected = a.clone();
      actual = a.clone();
      scalar.siluTimes(expected, OFFSET, b, 1, n);
      vector.siluTimes(actual, OFFSET, b, 1, n);
      assertRelative(expected, actual, tolerance);

      if (Math.abs(extreme) < 1e10f) { // beyond, the cube overflows, and no model is there
        expected = a.clone();
        actual = a.clone();
        scalar.geluTimes(expected, OFFSET, b.clone(), 1, n);
        vector.geluTimes(actual, OFFSET, b.clone(), 1, n);
        for (int i = 0; i < expected.length; i++) {
          // Where gelu is nearly 0 it is the small difference of large numbers in the definition.
          assertEquals(expected[i], actual[i], tolerance * Math.abs(expected[i]) + 1e-6, "at " + i);
        }
      }

      float[] lanes = new float[FloatKernels.LANES];
      float dot = scalar.dot(a, OFFSET, b, 1, n, lanes);
      // Of opposite terms little may be left: the sum of magnitudes is what rounding goes by.
      float size = scalar.dot(magnitudes(a), OFFSET, magnitudes(b), 1, n, lanes);
      assertEquals(dot, vector.dot(a, OFFSET, b, 1, n, lanes), tolerance * size);

      float mean = scalar.mean(b, 1, n);
      assertEquals(mean, vector.mean(b, 1, n), tolerance);
      inverse = scalar.inverseDeviation(b, 1, n, mean, 1e-5f);
      assertEquals(inverse, vector.inverseDeviation(b, 1, n, mean, 1e-5f), tolerance * inverse);
      scalar.standardize(a, OFFSET, mean, inverse, b, a, 1, expected, OFFSET, n);
      vector.standardize(a, OFFSET, mean, inverse, b, a, 1, actual, OFFSET, n);
      assertArrayEquals(expected, actual);

      expected = a.clone();
      actual = a.clone();
      scalar.exactGeluTimes(expected, OFFSET, b, 1, n);
      vector.exactGeluTimes(actual, OFFSET, b, 1, n);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], tolerance * Math.abs(expected[i]) + 1e-6, "at " + i);
      }

      expected = a.clone();
      actual = a.clone();
      scalar.clampedSwiglu(expected, OFFSET, b.clone(), 1, n);
      vector.clampedSwiglu(actual, OFFSET, b.clone(), 1, n);
      assertRelative(expected, actual, tolerance);

      expected = a.clone();
      actual = a.clone();
      scalar.softcap(expected, OFFSET, n, 30);
      vector.softcap(actual, OFFSET, n, 30);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], 1e-5, "at " + i);
      }

      expected = a.clone();
      actual = a.clone();
      scalar.relu(expected, OFFSET, n);
      vector.relu(actual, OFFSET, n);
      assertArrayEquals(expected, actual);

      expected = a.clone();
      actual = a.clone();
      scalar.squaredRelu(expected, OFFSET, n);
      vector.squaredRelu(actual, OFFSET, n);
      assertArrayEquals(expected, actual);

      for (float threshold : new float[] {0, 0.5f, Math.abs(extreme), Float.MAX_VALUE}) {
        expected = a.clone();
        actual = a.clone();
        scalar.zeroBelow(expected, OFFSET, n, threshold);
        vector.zeroBelow(actual, OFFSET, n, threshold);
        assertArrayEquals(expected, actual);
        assertEquals(scalar.nonZeros(expected, OFFSET, n), vector.nonZeros(actual, OFFSET, n));
        float[] thresholds = vector(n, threshold);
        scalar.timesUnlessBelow(expected, OFFSET, b, 1, thresholds, 2, n);
        vector.timesUnlessBelow(actual, OFFSET, b, 1, thresholds, 2, n);
        assertArrayEquals(expected, actual);
      }

      float max = scalar.maxOfFinite(a, OFFSET, n);
      assertEquals(max, vector.maxOfFinite(a, OFFSET, n));
      for (float floor : new float[] {max, 0, Math.nextUp(max), Float.NEGATIVE_INFINITY}) {
        for (int from = OFFSET; from < OFFSET + n; from += 7) {
          assertEquals(
              scalar.firstAtLeast(a, from, OFFSET + n, floor),
              vector.firstAtLeast(a, from, OFFSET + n, floor));
        }
      }

      expected = a.clone();
      actual = a.clone();
      scalar.add(expected, OFFSET, b, 0, n);
      vector.add(actual, OFFSET, b, 0, n);
      assertArrayEquals(expected, actual);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void findsWhatIsNotFiniteAnywhere(float bad) {
    for (int n : new int[] {1, 33, 100}) {
      for (int at = 0; at < n; at++) {
        float[] x = vector(n, 2);
        x[OFFSET + at] = bad;
        assertEquals(Float.NaN, scalar.maxOfFinite(x, OFFSET, n));
        assertEquals(Float.NaN, vector.maxOfFinite(x, OFFSET, n));
      }
    }
  }

  /** Else a result would depend on how rows are divided among threads. */
  @Test
  void siluIsTheSameWhereverAnElementStands() {
    float[] gate = {
      -1e30f, -100, -88.5f, -87.5f, -20, -1, -0.3f, 0, 1e-20f, 0.5f, 2, 30, 86, 87.5f, 100, 1e30f
    };
    for (int i = 0; i < gate.length; i++) {
      float[] alone = {gate[i]};
      vector.siluTimes(alone, 0, new float[] {3}, 0, 1);
      float[] many = new float[64];
      float[] up = new float[64];
      Arrays.fill(many, gate[i]);
      Arrays.fill(up, 3);
      vector.siluTimes(many, 0, up, 0, many.length);
      float[] expected = new float[64];
      Arrays.fill(expected, alone[0]);
      assertArrayEquals(expected, many);
    }
  }

  @Test
  void theErrorFunctionIsWhatTablesSay() {
    // Abramowitz and Stegun, table 26.1: the normal distribution up to x.
    assertEquals(0.5, ErrorFunction.normal(0));
    assertEquals(0.841344746068543, ErrorFunction.normal(1), 1e-14);
    assertEquals(0.977249868051821, ErrorFunction.normal(2), 1e-14);
    assertEquals(0.998650101968370, ErrorFunction.normal(3), 1e-14);
    assertEquals(1 - 0.998650101968370, ErrorFunction.normal(-3), 1e-14);
    assertEquals(3.167124183e-5, ErrorFunction.normal(-4), 1e-13);
    for (float x = -12; x < 12; x += 0.01f) {
      assertEquals(ErrorFunction.normal(x), ErrorFunction.approximateNormal(x), 2e-7, "at " + x);
    }
  }

  /** Else a result would depend on how rows are divided among threads. */
  @ParameterizedTest
  @ValueSource(floats = {-1e30f, -20, -13.2f, -3, -0.3f, 0, 1e-20f, 0.5f, 2, 13.2f, 1e30f})
  void exactGeluIsTheSameWhereverAnElementStands(float gate) {
    float[] alone = {gate};
    vector.exactGeluTimes(alone, 0, new float[] {3}, 0, 1);
    float[] many = new float[64];
    float[] up = new float[64];
    float[] expected = new float[64];
    Arrays.fill(many, gate);
    Arrays.fill(up, 3);
    Arrays.fill(expected, alone[0]);
    vector.exactGeluTimes(many, 0, up, 0, many.length);
    assertArrayEquals(expected, many);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 17, 64})
  void aNanSpreadsAsInTheScalarKernels(int n) {
    float[] x = vector(n, 1);
    x[OFFSET + n / 2] = Float.NaN;
    float[] actual = x.clone();
    vector.softmax(actual, OFFSET, n);
    for (int i = 0; i < n; i++) {
      assertEquals(Float.NaN, actual[OFFSET + i]);
    }
    vector.zeroBelow(x, OFFSET, n, 0.1f);
    vector.timesUnlessBelow(x, OFFSET, vector(n, 1), OFFSET, vector(n, 1), OFFSET, n);
    vector.relu(x, OFFSET, n);
    vector.squaredRelu(x, OFFSET, n);
    vector.exactGeluTimes(x, OFFSET, vector(n, 1), OFFSET, n);
    assertEquals(Float.NaN, x[OFFSET + n / 2]);
  }

  private static float[] vector(int n, float extreme) {
    Random random = new Random(n);
    float[] x = new float[n + OFFSET];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    x[OFFSET + n - 1] = extreme;
    return x;
  }

  private static float[] magnitudes(float[] x) {
    float[] magnitudes = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      magnitudes[i] = Math.abs(x[i]);
    }
    return magnitudes;
  }

  private static void assertRelative(float[] expected, float[] actual, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance * Math.abs(expected[i]) + 1e-37, "at " + i);
    }
  }
}
