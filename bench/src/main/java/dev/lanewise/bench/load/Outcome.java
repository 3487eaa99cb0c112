package dev.lanewise.bench.load;

import java.net.ConnectException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * How one request ended. Times are in nanoseconds of {@link System#nanoTime}.
 *
 * @param traffic name of its class
 * @param kind how it ended
 * @param status of the last response, or 0 if there was none
 * @param finishReason why a whole answer ends, as the server says
 * @param error what went wrong
 * @param retries how often it was sent again after a 429
 * @param started when it was sent first
 * @param ended when its end was known
 * @param textTimes when each piece of text came; none of a whole answer
 * @param usage the tokens, if the server told them
 * @param plannedPromptTokens about how many tokens its prompt has
 */
record Outcome(
    String traffic,
    Kind kind,
    int status,
    Optional<String> finishReason,
    Optional<String> error,
    int retries,
    long started,
    long ended,
    long[] textTimes,
    Optional<Chunk.Usage> usage,
    int plannedPromptTokens) {
  /** The ways in which a request may end. */
  enum Kind {
    /** With a whole answer. */
    OK,
    /** With a 429: the server has enough to do. */
    REJECTED,
    /** With another status, an error in the stream, or a connection that broke. */
    ERROR,
    /** We left. */
    DISCONNECTED
  }

  /** Tokens of the answer, or what came of it: pieces of text, where the server told no number. */
  int outputTokens() {
    return usage.map(Chunk.Usage::completionTokens).orElse(textTimes.length);
  }

  /** Tokens of the prompt. */
  int promptTokens() {
    return usage.map(Chunk.Usage::promptTokens).orElse(plannedPromptTokens);
  }

  /** Whether some text came, or a whole answer. */
  boolean hasAnswer() {
    return textTimes.length > 0 || kind == Kind.OK;
  }

  /** When the first piece of text came, or the whole answer, where there is one. */
  long firstAnswer() {
    return textTimes.length > 0 ? textTimes[0] : ended;
  }

  /** Times between two pieces of text, in nanoseconds. */
  LongStream gaps() {
    return IntStream.range(1, textTimes.length).mapToLong(i -> textTimes[i] - textTimes[i - 1]);
  }

  /** Pieces of text that came from one moment to another. */
  long texts(long from, long to) {
    return Arrays.stream(textTimes).filter(time -> time >= from && time < to).count();
  }

  /** A failure in one line. */
  static String describe(Throwable failure) {
    if (failure instanceof ConnectException) {
      return "cannot connect"; // the failure itself has no message
    }
    String kind = failure.getClass().getSimpleName();
    return failure.getMessage() == null
        ? kind
        : kind + ": " + failure.getMessage().lines().findFirst().orElse("");
  }
}
