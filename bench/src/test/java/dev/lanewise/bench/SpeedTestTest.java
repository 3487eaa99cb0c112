package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.bench.limit.MachineLimits;
import dev.lanewise.engine.transformer.WeightSizes;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SpeedTestTest {
  /** 10 GB/s and 100 GFLOP/s at best. */
  private static final MachineLimits LIMITS =
      new MachineLimits(1, List.of(1e10, 8e9), List.of(9e10, 1e11));

  private static final WeightSizes WEIGHTS = new WeightSizes(500_000_000, 900_000_000, 128_000_000);

  @Test
  void namesAreThoseOfLlamaBench() {
    assertEquals("pp512", new SpeedTest(SpeedTest.Kind.PREFILL, 512, 0).name());
    assertEquals("tg128 @ d4096", new SpeedTest(SpeedTest.Kind.DECODE, 128, 4096).name());
  }

  @Test
  void decodingIsMeasuredByTheBytesItReads() {
    SpeedTest shallow = new SpeedTest(SpeedTest.Kind.DECODE, 1, 0);
    assertEquals(0.5, shallow.fractionOf(LIMITS, 10, WEIGHTS, 0), 1e-9);
    SpeedTest deep = new SpeedTest(SpeedTest.Kind.DECODE, 3, 998);
    assertEquals(1, deep.fractionOf(LIMITS, 10, WEIGHTS, 500_000), 1e-9);
  }

  @Test
  void promptsAreMeasuredByTheirMultiplicationsWithOneHead() {
    SpeedTest prompt = new SpeedTest(SpeedTest.Kind.PREFILL, 1280, 0);
    assertEquals(2 * 0.9001e9 * 25 / 1e11, prompt.fractionOf(LIMITS, 25, WEIGHTS, 1000), 1e-9);
  }
}
