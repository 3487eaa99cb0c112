package dev.lanewise.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class MeasuredSpeedTest {
  private final MeasuredSpeed speed = new MeasuredSpeed();

  @Test
  void beginsWithASmallChunk() {
    assertEquals(16, speed.chunkFor(50e6, 256, false));
    assertEquals(16, speed.chunkFor(50e6, 256, true));
    assertEquals(0, speed.stepNanos(4));
  }

  @Test
  void followsTheLineThroughWhatWasMeasured() {
    speed.took(0, 256, 2_560);
    assertEquals(160, speed.chunkNanos(16), "in proportion while only one is known");
    speed.took(0, 16, 400);
    assertEquals(400 + (2_560 - 400) * 112 / 240.0, speed.chunkNanos(128));
    assertEquals(400 - 8 * (2_560 - 400) / 240.0, speed.chunkNanos(8), "on the same line");
    speed.took(0, 17, 1_000_000);
    assertEquals(400, speed.chunkNanos(16), "other sizes are left out");
    speed.took(1, 0, 100);
    speed.took(8, 0, 240);
    assertEquals(160, speed.stepNanos(4));
  }

  @Test
  void aLargerSizeNeverTakesLess() {
    speed.took(1, 0, 300);
    speed.took(2, 0, 200);
    assertEquals(200, speed.stepNanos(8));
  }

  @Test
  void choosesTheLargestChunkThatFits() {
    speed.took(0, 16, 400);
    speed.took(0, 256, 2_560);
    assertEquals(256, speed.chunkFor(3_000, 256, false));
    assertEquals(64, speed.chunkFor(3_000, 64, false));
    assertEquals(32, speed.chunkFor(600, 256, false));
    assertEquals(16, speed.chunkFor(0, 256, false), "prompts never stand still");
    assertEquals(5, speed.chunkFor(3_000, 5, false));
  }

  @Test
  void prefersWhatAChunkAddsToAStepOverWhatItTakesAlone() {
    speed.took(0, 16, 400);
    speed.took(0, 64, 800);
    speed.took(8, 0, 500);
    assertEquals(400, speed.addedNanos(16), "nothing better is known");
    speed.took(8, 16, 600);
    assertEquals(100, speed.addedNanos(16));
    assertEquals(24, speed.chunkFor(150, 256, true));
    assertEquals(16, speed.chunkFor(150, 256, false));
  }

  @Test
  void wantsAStepWithoutPromptsNowAndThen() {
    speed.took(8, 0, 500);
    for (int i = 0; i < 100; i++) {
      assertFalse(speed.wantsStepAlone());
      speed.took(8, 16, 600);
    }
    assertTrue(speed.wantsStepAlone());
    speed.took(8, 0, 500);
    assertFalse(speed.wantsStepAlone());
  }

  @Test
  void followsAChangeOfSpeedButNoSingleMeasurement() {
    speed.took(1, 0, 100);
    speed.took(1, 0, 10_000);
    assertEquals(105, speed.stepNanos(1), 0.01);
    for (int i = 0; i < 30; i++) {
      speed.took(1, 0, 300);
    }
    assertEquals(300, speed.stepNanos(1));
    for (int i = 0; i < 30; i++) {
      speed.took(1, 0, 100);
    }
    assertEquals(100, speed.stepNanos(1));
  }
}
