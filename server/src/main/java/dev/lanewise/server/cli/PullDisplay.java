package dev.lanewise.server.cli;

import dev.lanewise.server.hub.Bytes;
import dev.lanewise.server.hub.ModelReference;
import dev.lanewise.server.hub.PullListener;
import java.io.PrintWriter;
import java.time.Duration;

/** Shows how far a pull is: often on a terminal, and in a line now and then elsewhere. */
final class PullDisplay implements PullListener, AutoCloseable {
  private static final Duration ON_TERMINAL = Duration.ofMillis(200);
  private static final Duration ELSEWHERE = Duration.ofSeconds(10);

  private final PrintWriter err;
  private final LoadingDisplay display;
  private final ModelReference model;
  private final long interval;
  private long start;
  private long shown;
  private long before = -1;

  PullDisplay(PrintWriter err, ModelReference model) {
    this.err = err;
    this.model = model;
    display = new LoadingDisplay(err);
    interval = (display.isTerminal() ? ON_TERMINAL : ELSEWHERE).toNanos();
  }

  @Override
  public void waiting() {
    display.clear();
    err.printf("%s is being pulled by another process; waiting for it%n", model);
    err.flush();
  }

  @Override
  public void chosen(String files, int alternatives) {
    err.printf(
        "pulling %s: %s%s%n",
        model,
        files,
        alternatives == 0 ? "" : ", chosen from %d models there".formatted(alternatives + 1));
    err.flush();
  }

  @Override
  public void received(long bytes, long total) {
    long now = System.nanoTime();
    if (before < 0) {
      before = bytes;
      start = now;
      shown = now;
    } else if (now - shown >= interval) {
      shown = now;
      double perSecond = (bytes - before) / ((now - start) / 1e9);
      display.at(
          "%s of %s, %s/s"
              .formatted(Bytes.of(bytes), Bytes.of(total), Bytes.of(Math.round(perSecond))),
          (double) bytes / total);
    }
  }

  @Override
  public void close() {
    display.close();
  }
}
