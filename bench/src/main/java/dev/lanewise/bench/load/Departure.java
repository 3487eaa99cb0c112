package dev.lanewise.bench.load;

import java.time.Duration;

/** When a client leaves before it has the whole answer. */
public sealed interface Departure {
  /**
   * Before the first token: after {@code patience}, or when the first token comes, if that is
   * sooner.
   */
  record BeforeFirstToken(Duration patience) implements Departure {}

  /** In the middle of a stream: with its {@code events}th piece of text, counted from 1. */
  record MidStream(int events) implements Departure {}
}
