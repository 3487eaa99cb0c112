package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.bench.limit.MachineLimits;
import dev.lanewise.engine.transformer.WeightSizes;
import dev.lanewise.model.config.Experts;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SpeedCaseTest {
  /** 10 GB/s and 100 GFLOP/s at best. */
  private static final MachineLimits LIMITS =
      new MachineLimits(1, List.of(1e10, 8e9), List.of(9e10, 1e11));

  private static final WeightSizes WEIGHTS =
      new WeightSizes(500_000_000, 900_000_000, 128_000_000, Experts.NONE, 0, 0);

  /** Most of the bytes are those of 8 experts. */
  private static final WeightSizes WITH_EXPERTS =
      new WeightSizes(
          500_000_000, 900_000_000, 128_000_000, new Experts(8, 2, true), 400_000_000, 800_000_000);

  @Test
  void namesAreThoseOfLlamaBench() {
    assertEquals("pp512", SpeedCase.prefill(512, 0).name());
    assertEquals("tg128x8", SpeedCase.decode(128, 0, 8).name());
    assertEquals("tg128x8 @ d64", SpeedCase.decode(128, 64, 8).name());
    assertEquals("tg128 @ d4096", SpeedCase.decode(128, 4096, 1).name());
  }

  @Test
  void decodingIsMeasuredByTheBytesItReads() {
    SpeedCase shallow = SpeedCase.decode(1, 0, 1);
    assertEquals(0.5, shallow.fractionOf(LIMITS, 10, WEIGHTS, 0), 1e-9);
    SpeedCase deep = SpeedCase.decode(3, 998, 1);
    assertEquals(1, deep.fractionOf(LIMITS, 10, WEIGHTS, 500_000_000), 1e-9);
  }

  @Test
  void aTokenSeesWhatIsBeforeItInTheWindow() {
    SpeedCase test = SpeedCase.decode(3, 998, 1);
    assertEquals(1000, test.meanPositions(Integer.MAX_VALUE));
    assertEquals((999 + 1000 + 1000) / 3.0, test.meanPositions(1000), 1e-9);
    assertEquals(512, test.meanPositions(512));
  }

  @Test
  void ofExpertsThoseCountThatAreUsed() {
    SpeedCase one = SpeedCase.decode(1, 0, 1);
    assertEquals(0.2, one.fractionOf(LIMITS, 10, WITH_EXPERTS, 0), 1e-9);
    SpeedCase three = SpeedCase.decode(1, 0, 3);
    assertEquals(0.4, three.fractionOf(LIMITS, 30, WITH_EXPERTS, 0), 1e-9);
    SpeedCase eight = SpeedCase.decode(1, 0, 8);
    assertEquals(0.5, eight.fractionOf(LIMITS, 80, WITH_EXPERTS, 0), 1e-9);
    SpeedCase prompt = SpeedCase.prefill(1280, 0);
    assertEquals(2 * 0.3001e9 * 25 / 1e11, prompt.fractionOf(LIMITS, 25, WITH_EXPERTS, 0), 1e-9);
  }

  @Test
  void sequencesThatAreDecodedTogetherShareTheWeights() {
    SpeedCase together = SpeedCase.decode(3, 998, 4);
    assertEquals(0.5 + 4 * 0.5, together.fractionOf(LIMITS, 40, WEIGHTS, 500_000_000), 1e-9);
  }

  @Test
  void promptsAreMeasuredByTheirMultiplicationsWithOneHead() {
    SpeedCase prompt = SpeedCase.prefill(1280, 0);
    assertEquals(2 * 0.9001e9 * 25 / 1e11, prompt.fractionOf(LIMITS, 25, WEIGHTS, 1000), 1e-9);
  }
}
