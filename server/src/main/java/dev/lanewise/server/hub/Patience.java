package dev.lanewise.server.hub;

import java.io.InterruptedIOException;
import java.time.Duration;

/**
 * How long to put up with a hub.
 *
 * @param tries how often something is asked for that does not get on
 * @param firstWait the time before the second try; it doubles from one to the next
 * @param longestWait the most that a hub may ask to wait
 * @param stall how long nothing may arrive
 */
record Patience(int tries, Duration firstWait, Duration longestWait, Duration stall) {
  static final Patience USUAL =
      new Patience(5, Duration.ofSeconds(1), Duration.ofMinutes(2), Duration.ofMinutes(1));

  /** The time to wait after a try that failed, counted from 1. */
  Duration after(int attempt) {
    return firstWait.multipliedBy(1L << (attempt - 1));
  }

  /** Waits; an interrupt ends it as it ends a read. */
  static void pause(Duration time) throws InterruptedIOException {
    try {
      Thread.sleep(time);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
  }
}
