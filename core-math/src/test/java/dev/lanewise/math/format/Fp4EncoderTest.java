package dev.lanewise.math.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** E2M1 rounding, and the scales of MXFP4 and NVFP4 against the rules of their standards. */
final class Fp4EncoderTest {
  private static final float[] E2M1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

  /** The number nearest to v by search; of two as near, the one of even code. */
  private static int nearest(double v) {
    int best = 0;
    for (int code = 1; code < E2M1.length; code++) {
      double nearer = Math.abs(v - E2M1[best]) - Math.abs(v - E2M1[code]);
      if (nearer > 0 || (nearer == 0 && code % 2 == 0)) {
        best = code;
      }
    }
    return best;
  }

  @Test
  void roundsToTheNearestNumberAndTiesToTheEvenCode() {
    for (int i = 0; i <= 4096; i++) {
      for (float v : new float[] {i / 512f, Math.nextUp(i / 512f), Math.nextDown(i / 512f)}) {
        float magnitude = Math.abs(v);
        int expected = nearest(magnitude);
        assertEquals(E2M1[expected], E2m1.round(magnitude), "of " + magnitude);
        assertEquals(expected, E2m1.code(magnitude), "of " + magnitude);
        assertEquals(expected | 8, E2m1.code(-magnitude), "of " + -magnitude);
      }
    }
  }

  @Test
  void roundsLargerNumbersToTheLargestAndTinyOnesToZero() {
    for (float v : new float[] {6, 7, 100, Float.MAX_VALUE}) {
      assertEquals(6, E2m1.round(v));
      assertEquals(7, E2m1.code(v));
      assertEquals(15, E2m1.code(-v));
    }
    for (float v : new float[] {0, Float.MIN_VALUE, Float.MIN_NORMAL, 0.25f}) {
      assertEquals(0, E2m1.round(v));
      assertEquals(0, E2m1.code(v));
    }
  }

  private static double quantized(double weight, double scale) {
    return Math.signum(weight) * E2M1[nearest(Math.abs(weight) / scale)] * scale;
  }

  /** The squared error of the scale that a standard's rule gives each group. */
  private static double standardError(BlockFormat format, float[] weights) {
    int group = format == BlockFormat.MXFP4 ? 32 : 16;
    double sum = 0;
    for (int from = 0; from < weights.length; from += group) {
      double max = 0;
      for (int k = 0; k < group; k++) {
        max = Math.max(max, Math.abs(weights[from + k]));
      }
      double scale = format == BlockFormat.MXFP4 ? standardMxfp4(max) : standardNvfp4(max);
      for (int k = 0; k < group; k++) {
        double miss =
            scale == 0
                ? weights[from + k]
                : weights[from + k] - quantized(weights[from + k], scale);
        sum += miss * miss;
      }
    }
    return sum;
  }

  /** OCP Microscaling Formats 1.0, section 6.3: floor(log2(max)) less the exponent of 4. */
  private static double standardMxfp4(double max) {
    return max == 0 ? 0 : Math.scalb(1.0, Math.max(Math.getExponent(max) - 2, -127));
  }

  /** The E4M3 number nearest to max / 6. */
  private static double standardNvfp4(double max) {
    double best = 0;
    for (int code = 1; code < 127; code++) {
      double scale = 2.0 * TableBlocks.halfE4m3(code);
      best = Math.abs(scale - max / 6) < Math.abs(best - max / 6) ? scale : best;
    }
    return best;
  }

  private static double error(BlockFormat format, float[] weights) {
    byte[] bytes = new byte[(int) format.bytesFor(weights.length)];
    format.encode(weights, 0, MemorySegment.ofArray(bytes), 0, weights.length);
    float[] decoded = new float[weights.length];
    format.decode(MemorySegment.ofArray(bytes), 0, decoded, 0, weights.length);
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double miss = (double) weights[i] - decoded[i];
      sum += miss * miss;
    }
    return sum;
  }

  private static float[] fill(Supplier<Double> next) {
    float[] weights = new float[64];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (double) next.get();
    }
    return weights;
  }

  static List<Arguments> distributions() {
    Random random = new Random(11);
    List<Arguments> distributions = new ArrayList<>();
    for (BlockFormat format : List.of(BlockFormat.MXFP4, BlockFormat.NVFP4)) {
      double largest = format == BlockFormat.MXFP4 ? 1e38 : 800;
      Map<String, Supplier<Double>> fills = new LinkedHashMap<>();
      fills.put("normal", random::nextGaussian);
      fills.put("even", () -> 2 * random.nextDouble() - 1);
      fills.put("heavy-tailed", () -> Math.pow(random.nextGaussian(), 5));
      fills.put("sparse", () -> random.nextInt(20) == 0 ? random.nextGaussian() : 0);
      fills.put("as of a model", () -> 0.03 * random.nextGaussian());
      fills.put("tiny", () -> 1e-39 * random.nextGaussian());
      fills.put("huge", () -> largest * (2 * random.nextDouble() - 1));
      fills.forEach((name, fill) -> distributions.add(Arguments.of(format, name, fill)));
    }
    return distributions;
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("distributions")
  void theErrorIsNeverLargerThanByTheStandardsRule(
      BlockFormat format, String name, Supplier<Double> next) {
    double ours = 0;
    double standard = 0;
    for (int round = 0; round < 2000; round++) {
      float[] weights = fill(next);
      double error = error(format, weights);
      double bound = standardError(format, weights);
      assertTrue(
          error <= bound * (1 + 1e-5),
          () -> name + ": " + error + " is more than " + bound + " of " + Arrays.toString(weights));
      ours += error;
      standard += bound;
    }
    System.out.printf(
        "%s, %s: squared error %.3f of the standard rule's%n", format, name, ours / standard);
  }

  @ParameterizedTest
  @MethodSource("distributions")
  void constantsAreNoWorseEither(BlockFormat format, String name, Supplier<Double> next) {
    float[] weights = new float[64];
    for (int round = 0; round < 2000; round++) {
      Arrays.fill(weights, (float) (double) next.get());
      assertTrue(error(format, weights) <= standardError(format, weights) * (1 + 1e-5), name);
    }
  }
}
