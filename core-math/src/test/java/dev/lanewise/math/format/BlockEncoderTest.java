package dev.lanewise.math.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Encoders against the decoders, which define the formats. */
final class BlockEncoderTest {
  private static final int COUNT = 256;

  private static byte[] encode(BlockFormat format, float[] weights) {
    byte[] bytes = new byte[(int) format.bytesFor(weights.length)];
    format.encode(weights, 0, MemorySegment.ofArray(bytes), 0, weights.length);
    return bytes;
  }

  private static float[] decode(BlockFormat format, byte[] bytes, int count) {
    float[] weights = new float[count];
    format.decode(MemorySegment.ofArray(bytes), 0, weights, 0, count);
    return weights;
  }

  private static float[] roundTrip(BlockFormat format, float[] weights) {
    return decode(format, encode(format, weights), weights.length);
  }

  private static float[] gaussian(int count, double deviation, long seed) {
    Random random = new Random(seed);
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      weights[i] = (float) (deviation * random.nextGaussian());
    }
    return weights;
  }

  private static float[] constant(float value) {
    float[] weights = new float[COUNT];
    Arrays.fill(weights, value);
    return weights;
  }

  private static double squaredError(float[] expected, float[] actual) {
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      double miss = (double) expected[i] - actual[i];
      sum += miss * miss;
    }
    return sum;
  }

  /** The root mean square error as a part of the weights' own, for normally distributed weights. */
  private static double expectedError(BlockFormat format) {
    return switch (format) {
      case F32 -> 0;
      case F16 -> 3e-4;
      case BF16 -> 2e-3;
      case Q8_0 -> 6e-3;
      case Q5_1 -> 0.04;
      case Q5_0 -> 0.045;
      case Q4_1 -> 0.08;
      case IQ4_NL, Q4_0 -> 0.09;
      case NVFP4 -> 0.1;
      case MXFP4 -> 0.115;
      case Q4_K -> 0.075;
      case Q5_K -> 0.038;
      case Q6_K -> 0.02;
    };
  }

  @ParameterizedTest
  @EnumSource
  void normallyDistributedWeightsKeepTheAccuracyOfTheFormat(BlockFormat format) {
    for (double deviation : new double[] {0.5, 2, 40}) {
      float[] weights = gaussian(256 * 125, deviation, 1);
      double error = squaredError(weights, roundTrip(format, weights));
      double relative = Math.sqrt(error / weights.length) / deviation;
      assertTrue(relative <= expectedError(format), format + " " + relative);
      assertTrue(relative >= expectedError(format) / 2, format + " " + relative);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatTheFormatCanHoldIsKeptExactly(BlockFormat format) {
    Random random = new Random(3);
    for (int round = 0; round < 500; round++) {
      float[] weights = representable(format, random);
      assertArrayEquals(weights, roundTrip(format, weights), format + ", round " + round);
    }
  }

  /** Weights of random codes, of which each block has the one of the largest magnitude. */
  private static float[] representable(BlockFormat format, Random random) {
    return switch (format) {
      case Q4_K -> superBlock(15, random);
      case Q5_K -> superBlock(31, random);
      case Q6_K -> sixBitBlock(random);
      default -> plainBlocks(format, random);
    };
  }

  private static float scale(Random random) {
    return Math.scalb(8f + random.nextInt(8), random.nextInt(-8, 0));
  }

  /** Some sub-block has the largest scale and minimum, and each the lowest and highest code. */
  private static float[] superBlock(int last, Random random) {
    float[] weights = new float[256];
    float d = scale(random);
    float dMin = scale(random);
    for (int sub = 0; sub < 8; sub++) {
      int scale = sub == 3 ? 63 : random.nextInt(1, 64);
      int minimum = sub == 3 ? 63 : random.nextInt(64);
      for (int k = 0; k < 32; k++) {
        int code = k == 5 ? 0 : k == 6 ? last : random.nextInt(last + 1);
        weights[32 * sub + k] = d * scale * code - dMin * minimum;
      }
    }
    return weights;
  }

  /** Some sub-block has the lowest scale, and each the lowest code. */
  private static float[] sixBitBlock(Random random) {
    float[] weights = new float[256];
    float d = scale(random);
    for (int sub = 0; sub < 16; sub++) {
      int scale = sub == 3 ? -128 : random.nextInt(1, 128) * (random.nextBoolean() ? 1 : -1);
      for (int k = 0; k < 16; k++) {
        weights[16 * sub + k] = d * scale * (k == 5 ? -32 : random.nextInt(-32, 32));
      }
    }
    return weights;
  }

  private static float[] plainBlocks(BlockFormat format, Random random) {
    float[] weights = new float[COUNT];
    float scale = 1;
    float minimum = 0;
    for (int i = 0; i < COUNT; i++) {
      if (i % 16 == 0 && (format == BlockFormat.NVFP4 || i % 32 == 0)) {
        int exponent = random.nextInt(-4, 4);
        scale = Math.scalb(8f + random.nextInt(8), exponent - 4);
        minimum = random.nextInt(-100, 100) / 64f;
      }
      boolean first = i % 16 == 0;
      boolean second = i % 16 == 1;
      weights[i] =
          switch (format) {
            case F32 -> (float) random.nextGaussian();
            case F16 -> Float.float16ToFloat((short) random.nextInt(0x7c00));
            case BF16 -> Float.intBitsToFloat(random.nextInt(0x7f80) << 16);
            case Q4_0 -> scale * (first ? -8 : random.nextInt(-8, 8));
            case Q5_0 -> scale * (first ? -16 : random.nextInt(-16, 16));
            case Q4_1 -> scale * (first ? 0 : second ? 15 : random.nextInt(16)) + minimum;
            case Q5_1 -> scale * (first ? 0 : second ? 31 : random.nextInt(32)) + minimum;
            case Q8_0 -> scale * (first ? 127 : random.nextInt(-127, 128));
            case IQ4_NL -> scale * TableBlocks.iq4Nl(first ? 0 : random.nextInt(16));
            case MXFP4 ->
                Math.scalb(0.5f, Math.getExponent(scale))
                    * TableBlocks.doubledE2m1(random.nextInt(16));
            case NVFP4 -> scale * TableBlocks.doubledE2m1(random.nextInt(16));
            case Q4_K, Q5_K, Q6_K -> throw new IllegalArgumentException(format + " has sub-blocks");
          };
    }
    return weights;
  }

  @ParameterizedTest
  @EnumSource
  void encodingAgainChangesNothingOrLittle(BlockFormat format) {
    float[] weights = gaussian(256 * 50, 1, 5);
    float[] once = roundTrip(format, weights);
    float[] twice = roundTrip(format, once);
    // K-quants find the same d again only where the largest scale of a sub-block has the largest
    // code.
    boolean superBlocks = format.blockSize() == 256;
    assertEquals(
        0, squaredError(once, twice), (superBlocks ? 0.03 : 1e-5) * squaredError(weights, once));
  }

  @ParameterizedTest
  @EnumSource
  void zerosStayZeros(BlockFormat format) {
    assertArrayEquals(new float[COUNT], roundTrip(format, new float[COUNT]));
    for (float zero : roundTrip(format, constant(-0f))) {
      assertEquals(0, zero, 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void constantsComeCloseToThemselves(BlockFormat format) {
    for (float value : new float[] {1, -1, 0.3f, -700, 5, 7.9f, 0.0371f}) {
      for (float decoded : roundTrip(format, constant(value))) {
        // 5 lies in the middle between 4 and 6, and in MXFP4 no other scale helps.
        assertEquals(value, decoded, Math.abs(value) * (format == BlockFormat.MXFP4 ? 0.2 : 0.06));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOutlierIsKeptBesideZeros(BlockFormat format) {
    for (float outlier : new float[] {-37, 37, 5.5f, -1}) {
      float[] weights = new float[COUNT];
      weights[70] = outlier;
      float[] decoded = roundTrip(format, weights);
      // Not all formats have a zero: IQ4_NL has 1 of 127, and Q4_1 15 d + m.
      for (int i = 0; i < COUNT; i++) {
        double tolerance = (i == 70 ? 0.2 : 0.01) * Math.abs(outlier);
        assertEquals(weights[i], decoded[i], tolerance, "weight " + i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void tinyWeightsNeverGrow(BlockFormat format) {
    for (float tiny : new float[] {Float.MIN_VALUE, 1e-40f, Float.MIN_NORMAL, 1e-20f, 1e-9f}) {
      float[] weights = gaussian(COUNT, tiny, 7);
      weights[0] = 4 * tiny;
      float largest = 0;
      for (float weight : weights) {
        largest = Math.max(largest, Math.abs(weight));
      }
      for (float decoded : roundTrip(format, weights)) {
        assertTrue(Math.abs(decoded) <= 1.5 * largest, tiny + " became " + decoded);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLargestWeightsStayFinite(BlockFormat format) {
    for (float part : new float[] {1, 0.9f, 0.51f}) {
      float[] weights = constant(part * format.largest());
      weights[1] = -weights[1];
      weights[2] = 0;
      float[] decoded = roundTrip(format, weights);
      for (int i = 0; i < COUNT; i++) {
        assertEquals(weights[i], decoded[i], 0.25 * Math.abs(weights[0]), "weight " + i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void weightsThatCannotBeHeldAreNamed(BlockFormat format) {
    List<Float> wrong =
        format.largest() == Float.MAX_VALUE
            ? List.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)
            : List.of(Float.NaN, Math.nextUp(format.largest()), -Float.MAX_VALUE);
    for (float value : wrong) {
      float[] weights = new float[COUNT];
      weights[71] = value;
      String message =
          assertThrows(IllegalArgumentException.class, () -> encode(format, weights)).getMessage();
      assertTrue(message.startsWith("weight 71 is " + value + "; " + format), message);
    }
  }

  @ParameterizedTest
  @EnumSource
  void partsOfArraysGoToTheirPlace(BlockFormat format) {
    float[] weights = gaussian(3 * COUNT, 1, 9);
    byte[] middle = encode(format, Arrays.copyOfRange(weights, COUNT, 2 * COUNT));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment blocks = arena.allocate(format.bytesFor(3 * COUNT));
      format.encode(weights, COUNT, blocks, format.bytesFor(COUNT), COUNT);
      MemorySegment written = blocks.asSlice(format.bytesFor(COUNT), format.bytesFor(COUNT));
      assertEquals(-1, written.mismatch(MemorySegment.ofArray(middle)));
      written.fill((byte) 0);
      for (long i = 0; i < blocks.byteSize(); i++) {
        assertEquals(0, blocks.get(ValueLayout.JAVA_BYTE, i));
      }
    }
  }

  /** The bounds of llama.cpp's own test of its formats, on its weights. */
  @ParameterizedTest
  @EnumSource
  void aCosineIsKeptWithinTheBoundsOfTheReference(BlockFormat format) {
    float[] weights = cosine(0);
    float[] inputs = cosine(1);
    float[] decoded = roundTrip(format, weights);
    double product = 0;
    for (int i = 0; i < weights.length; i++) {
      product += ((double) weights[i] - decoded[i]) * inputs[i];
    }
    boolean fp4 = format == BlockFormat.MXFP4 || format == BlockFormat.NVFP4;
    double error = Math.sqrt(squaredError(weights, decoded)) / weights.length;
    assertTrue(error <= (fp4 ? 0.003 : 0.002), format + ": error " + error);
    double productError = Math.abs(product) / weights.length;
    assertTrue(productError <= (fp4 ? 0.03 : 0.02), format + ": product " + productError);
  }

  private static float[] cosine(int from) {
    float[] values = new float[32 * 128];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.1f + 2 * (float) Math.cos(i + from);
    }
    return values;
  }

  private static float[] encodedWith(ScaleSearch search, BlockFormat format, float[] weights) {
    byte[] bytes = new byte[(int) format.bytesFor(weights.length)];
    format.encode(weights, 0, search, MemorySegment.ofArray(bytes), 0, weights.length);
    return decode(format, bytes, weights.length);
  }

  private static double weightedError(float[] importance, float[] expected, float[] actual) {
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      double miss = (double) expected[i] - actual[i];
      sum += importance[i] * miss * miss;
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource
  void whatCountsMoreIsKeptBetter(BlockFormat format) {
    Random random = new Random(13);
    float[] importance = new float[256];
    for (int i = 0; i < importance.length; i++) {
      importance[i] = (float) Math.exp(2 * random.nextGaussian());
    }
    ScaleSearch search = new ScaleSearch(Optional.of(importance), false);
    double equal = 0;
    double weighted = 0;
    for (int round = 0; round < 200; round++) {
      float[] weights = gaussian(256, 1, round);
      equal += weightedError(importance, weights, roundTrip(format, weights));
      weighted += weightedError(importance, weights, encodedWith(search, format, weights));
    }
    boolean hasChoice = format.blockSize() > 1 && format != BlockFormat.Q8_0;
    assertTrue(hasChoice ? weighted < 0.97 * equal : weighted == equal, weighted + " of " + equal);
  }

  @ParameterizedTest
  @EnumSource
  void equalImportanceChangesNothing(BlockFormat format) {
    float[] weights = gaussian(256, 1, 17);
    float[] ones = new float[256];
    Arrays.fill(ones, 1);
    assertArrayEquals(
        roundTrip(format, weights),
        encodedWith(new ScaleSearch(Optional.of(ones), false), format, weights));
  }

  @ParameterizedTest
  @EnumSource(names = {"MXFP4", "NVFP4"})
  void aWideSearchIsNeverWorse(BlockFormat format) {
    ScaleSearch wide = new ScaleSearch(Optional.empty(), true);
    for (int round = 0; round < 500; round++) {
      float[] weights = gaussian(256, 1, round);
      for (int i = 0; i < weights.length; i++) {
        weights[i] *= weights[i] * weights[i];
      }
      double usual = squaredError(weights, roundTrip(format, weights));
      double found = squaredError(weights, encodedWith(wide, format, weights));
      assertTrue(found <= usual * (1 + 1e-5), found + " of " + usual);
    }
  }

  @Test
  void aPartOfABlockIsRefused() {
    byte[] room = new byte[100];
    assertThrows(
        IllegalArgumentException.class,
        () -> BlockFormat.Q8_0.encode(new float[40], 0, MemorySegment.ofArray(room), 0, 40));
  }
}
