package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.math.kernel.Kernels;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PositionBiasTest {
  @Test
  void slopesOfAPowerOfTwoAreAGeometricSequence() {
    LinearBias bias = new LinearBias(8);
    for (int head = 0; head < 8; head++) {
      assertEquals(Math.pow(0.5, head + 1), bias.slope(head), 1e-9);
    }
  }

  @Test
  void slopesOfOtherHeadCountsGoOnWithEverySecondOfTheNextPower() {
    LinearBias bias = new LinearBias(12);
    for (int head = 0; head < 8; head++) {
      assertEquals(Math.pow(0.5, head + 1), bias.slope(head), 1e-9);
    }
    for (int head = 8; head < 12; head++) {
      assertEquals(Math.pow(0.5, head - 8 + 0.5), bias.slope(head), 1e-7);
    }
  }

  @Test
  void bucketsOfBothDirectionsHaveTheBoundsOfT5() {
    int[] bounds = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91};
    checkBuckets(bounds, -1, true, 0);
    checkBuckets(bounds, 1, true, 16);
  }

  @Test
  void bucketsOfOneDirectionHaveTheBoundsOfT5() {
    int[] bounds = {
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 21, 24, 27, 31, 35, 40, 46, 52,
      59, 67, 77, 87, 99, 113
    };
    checkBuckets(bounds, -1, false, 0);
    for (int distance = 0; distance < 300; distance++) {
      assertEquals(0, BucketBias.bucket(distance, 32, 128, false));
    }
  }

  private static void checkBuckets(int[] bounds, int direction, boolean bothWays, int first) {
    int bucket = 0;
    for (int steps = 1; steps < 300; steps++) {
      while (bucket + 1 < bounds.length && steps >= bounds[bucket + 1]) {
        bucket++;
      }
      assertEquals(
          first + bucket,
          BucketBias.bucket(direction * steps, 32, 128, bothWays),
          "a distance of " + direction * steps);
    }
  }

  @Test
  void layersMayHaveBiasesOfTheirOwn() {
    List<float[]> weights = List.of(new float[] {1, 2, 3, 4}, new float[] {5, 6, 7, 8});
    BucketBias own = new BucketBias(Kernels.best().floats(), weights, 1, 4, true);
    BucketBias shared = new BucketBias(Kernels.best().floats(), weights.subList(0, 1), 1, 4, true);
    for (int layer = 0; layer < 2; layer++) {
      float[] scores = new float[2];
      own.add(layer, 0, 3, 3, scores, 0, 1);
      shared.add(layer, 0, 3, 3, scores, 1, 1);
      assertEquals(weights.get(layer)[0], scores[0]);
      assertEquals(1, scores[1]);
    }
  }

  @Test
  void farKeysOnBothSidesHaveTheBiasOfTheLastBucket() {
    float[] weights = {1, 2, 3, 4, 5, 6, 7, 8};
    BucketBias bias = new BucketBias(Kernels.best().floats(), List.of(weights), 1, 10, true);
    float[] scores = new float[60];
    bias.add(0, 0, 25, 0, scores, 0, 50);
    for (int key = 0; key < 50; key++) {
      float expected = weights[BucketBias.bucket(key - 25, 8, 10, true)];
      assertEquals(expected, scores[key], "key " + key);
    }
    assertEquals(0, scores[50]);
    assertEquals(4, scores[0]);
    assertEquals(8, scores[49]);
    float[] far = new float[32];
    bias.add(0, 0, 0, 4096, far, 16, 16);
    assertEquals(0, far[15]);
    assertEquals(8, far[16]);
    bias.add(0, 0, 4096, 0, far, 0, 16);
    assertEquals(4, far[0]);
  }
}
