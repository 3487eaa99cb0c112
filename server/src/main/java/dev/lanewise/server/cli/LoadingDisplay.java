package dev.lanewise.server.cli;

import dev.lanewise.engine.LoadProgress;
import java.io.PrintWriter;

/**
 * Shows how far loading is: one line that is rewritten on a terminal, a line for each stage
 * elsewhere.
 */
final class LoadingDisplay implements LoadProgress, AutoCloseable {
  private final PrintWriter out;
  private final boolean terminal;
  private String stage = "";

  LoadingDisplay(PrintWriter out) {
    this.out = out;
    terminal = System.console() != null && System.console().isTerminal();
  }

  /** Whether somebody watches it. */
  boolean isTerminal() {
    return terminal;
  }

  @Override
  public void at(String stage, double fraction) {
    if (terminal) {
      out.printf("\r\033[K%s: %.0f%%", stage, 100 * fraction);
      out.flush();
    } else if (!stage.equals(this.stage)) {
      out.println(stage);
      out.flush();
    }
    this.stage = stage;
  }

  @Override
  public void close() {
    clear();
  }

  /** Clears the line. */
  void clear() {
    if (terminal) {
      out.print("\r\033[K");
      out.flush();
    }
  }
}
