package dev.lanewise.server.cli;

import dev.lanewise.server.batch.BatchRun;
import java.time.Duration;

/** Shows how far a batch is: often on a terminal, and in a line a minute elsewhere. */
final class BatchDisplay implements BatchRun.Listener {
  private static final Duration ON_TERMINAL = Duration.ofMillis(200);
  private static final Duration ELSEWHERE = Duration.ofMinutes(1);

  private final LoadingDisplay display;
  private final long interval;
  private final int total;
  private final int doneBefore;
  private final long start = System.nanoTime();
  private long shown = start;
  private int done;
  private int errors;

  /**
   * A display that shows nothing yet.
   *
   * @param total how many lines there are
   * @param done how many of them were there before
   * @param errors how many of those tell of errors
   */
  BatchDisplay(LoadingDisplay display, int total, int done, int errors) {
    this.display = display;
    interval = (display.isTerminal() ? ON_TERMINAL : ELSEWHERE).toNanos();
    this.total = total;
    doneBefore = done;
    this.done = done;
    this.errors = errors;
  }

  @Override
  public synchronized void written(boolean error) {
    done++;
    if (error) {
      errors++;
    }
    long now = System.nanoTime();
    if (now - shown >= interval) {
      shown = now;
      double perSecond = (done - doneBefore) / ((now - start) / 1e9);
      display.at("%s, %.1f a second".formatted(this, perSecond), (double) done / total);
    }
  }

  /** How many lines there are now. */
  @Override
  public synchronized String toString() {
    return "%d of %d lines, %d of them errors".formatted(done, total, errors);
  }
}
