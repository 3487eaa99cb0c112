package dev.lanewise.bench.load;

import java.util.Arrays;
import java.util.Optional;

/** What is seen of one request while it runs. */
final class Recording {
  private final String traffic;
  private final int plannedPromptTokens;
  private final long started = System.nanoTime();
  private long[] textTimes = new long[16];
  private int texts;
  private int retries;
  private int status;
  private long ended;
  private Outcome.Kind kind;
  private Optional<String> finishReason = Optional.empty();
  private Optional<String> error = Optional.empty();
  private Optional<Chunk.Usage> usage = Optional.empty();

  /** A request that is sent now. */
  Recording(String traffic, int plannedPromptTokens) {
    this.traffic = traffic;
    this.plannedPromptTokens = plannedPromptTokens;
  }

  /** It is sent again. */
  void retried() {
    retries++;
    status = 0;
  }

  /** A response begins. */
  void status(int code) {
    status = code;
  }

  /** Text came now. */
  void text() {
    if (texts == textTimes.length) {
      textTimes = Arrays.copyOf(textTimes, 2 * texts);
    }
    textTimes[texts++] = System.nanoTime();
  }

  /** Pieces of text that came. */
  int texts() {
    return texts;
  }

  /** What an event or answer says of its end. */
  void end(Chunk chunk) {
    finishReason = chunk.finishReason().or(() -> finishReason);
    usage = chunk.usage().or(() -> usage);
  }

  /** It ended now. */
  void ended(Outcome.Kind how) {
    kind = how;
    ended = System.nanoTime();
  }

  /** It ended now, with an error. */
  void failed(String message) {
    error = Optional.of(message);
    ended(Outcome.Kind.ERROR);
  }

  /** All of it. */
  Outcome outcome() {
    return new Outcome(
        traffic,
        kind,
        status,
        finishReason,
        error,
        retries,
        started,
        ended,
        Arrays.copyOf(textTimes, texts),
        usage,
        plannedPromptTokens);
  }
}
