package dev.lanewise.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class MeasuredSpeedTest {
  private final MeasuredSpeed speed = new MeasuredSpeed();

  @Test
  void beginsWithASmallChunk() {
    assertEquals(16, speed.chunkFor(50e6, 256));
  }

  @Test
  void followsTheLineThroughWhatWasMeasured() {
    speed.chunkTook(256, 2_560);
    assertEquals(160, speed.chunkNanos(16), "in proportion while only one is known");
    speed.chunkTook(16, 400);
    assertEquals(400 + (2_560 - 400) * 112 / 240.0, speed.chunkNanos(128));
    assertEquals(400 - 8 * (2_560 - 400) / 240.0, speed.chunkNanos(8), "on the same line");
    speed.chunkTook(17, 1_000_000);
    assertEquals(400, speed.chunkNanos(16), "other sizes are left out");
  }

  @Test
  void choosesTheLargestChunkThatFits() {
    speed.chunkTook(16, 400);
    speed.chunkTook(256, 2_560);
    assertEquals(256, speed.chunkFor(3_000, 256));
    assertEquals(64, speed.chunkFor(3_000, 64));
    assertEquals(32, speed.chunkFor(600, 256));
    assertEquals(16, speed.chunkFor(0, 256), "prompts never stand still");
  }

  @Test
  void followsAChangeOfSpeed() {
    for (int i = 0; i < 30; i++) {
      speed.stepTook(100);
    }
    assertEquals(100, speed.stepNanos(), 1);
    for (int i = 0; i < 30; i++) {
      speed.stepTook(300);
    }
    assertEquals(300, speed.stepNanos(), 1);
  }
}
