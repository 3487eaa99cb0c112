package dev.lanewise.model.chat.jinja;

import java.time.Clock;

/** One rendering: what it has used up, and where it is. */
final class Run {
  private final Clock clock;
  private long work;
  private int depth;
  private int line = 1;

  Run(Clock clock) {
    this.clock = clock;
  }

  Clock clock() {
    return clock;
  }

  void spend(long units) {
    work += units;
    if (work > Limits.WORK) {
      throw new Fault("the template does more work than one prompt may take");
    }
  }

  /** Pays for values made from parts of another, which take more memory than those parts. */
  void make(long values) {
    spend(8 * values);
  }

  /**
   * Goes one statement or expression deeper; {@link #leave} comes back. A fault ends the run, so
   * nothing undoes it.
   */
  void enter() {
    spend(1);
    if (++depth > Limits.CALL_DEPTH) {
      throw new Fault(
          "macros, statements and expressions nested more than " + Limits.CALL_DEPTH + " deep");
    }
  }

  void leave() {
    depth--;
  }

  int line() {
    return line;
  }

  void at(int newLine) {
    line = newLine;
  }
}
