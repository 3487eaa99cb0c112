package dev.lanewise.bench.load;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The figures of one class of requests. Latencies are in milliseconds, as clients see them. */
public final class TrafficFigures {
  private final String name;
  private final List<Outcome> outcomes;
  private final long start;
  private final long end;

  /**
   * Figures over a time.
   *
   * @param name of the class
   * @param outcomes all of its requests
   * @param start of the run, in nanoseconds of {@link System#nanoTime}
   * @param end of the run
   */
  TrafficFigures(String name, List<Outcome> outcomes, long start, long end) {
    this.name = name;
    this.outcomes = outcomes;
    this.start = start;
    this.end = end;
  }

  /** Name of the class. */
  public String name() {
    return name;
  }

  /** Requests that have ended: the sum of ok, rejected, errors and disconnected. */
  public int requests() {
    return outcomes.size();
  }

  /** Requests that got a whole answer. */
  public int ok() {
    return count(Outcome.Kind.OK);
  }

  /** Requests that ended with a 429. */
  public int rejected() {
    return count(Outcome.Kind.REJECTED);
  }

  /** Requests that ended with another status, an error in the stream or a broken connection. */
  public int errors() {
    return count(Outcome.Kind.ERROR);
  }

  /** Requests whose client left. */
  public int disconnected() {
    return count(Outcome.Kind.DISCONNECTED);
  }

  /** How often a request was sent again after a 429. */
  public int retries() {
    return outcomes.stream().mapToInt(Outcome::retries).sum();
  }

  /** Last status of each request; "none" where no response came. */
  public Map<String, Integer> statuses() {
    return counts(
        outcome ->
            Optional.of(outcome.status() == 0 ? "none" : Integer.toString(outcome.status())));
  }

  /** Why whole answers ended; "none" where the server did not say. */
  public Map<String, Integer> finishReasons() {
    return counts(
        outcome ->
            outcome.kind() == Outcome.Kind.OK
                ? outcome.finishReason().or(() -> Optional.of("none"))
                : Optional.empty());
  }

  /** What went wrong, and how often. */
  public Map<String, Integer> errorMessages() {
    return counts(Outcome::error);
  }

  /** Prompt tokens of whole answers, from their usage; about as many where there is none. */
  public long promptTokens() {
    return whole().mapToLong(Outcome::promptTokens).sum();
  }

  /**
   * Tokens that were received, also of answers that are not whole: as usage tells, or one for each
   * piece of text without it.
   */
  public long outputTokens() {
    return outcomes.stream().mapToLong(Outcome::outputTokens).sum();
  }

  /** Whole answers without usage, whose tokens are therefore estimates. */
  public long withoutUsage() {
    return whole().filter(outcome -> outcome.usage().isEmpty()).count();
  }

  /** Whole answers a second, over the whole run. */
  public double requestsPerSecond() {
    return perSecond(ok());
  }

  /** Prompt tokens a second, over the whole run. */
  public double promptTokensPerSecond() {
    return perSecond(promptTokens());
  }

  /** Tokens received a second, over the whole run. */
  public double outputTokensPerSecond() {
    return perSecond(outputTokens());
  }

  /**
   * Tokens received a second in the middle half of the run, when neither the first requests are
   * missing nor the last are alone. Empty where answers do not stream.
   */
  public OptionalDouble steadyTokensPerSecond() {
    long quarter = (end - start) / 4;
    double tokens = 0;
    boolean streamed = false;
    for (Outcome outcome : outcomes) {
      int texts = outcome.textTimes().length;
      if (texts > 0) {
        streamed = true;
        long inside = outcome.texts(start + quarter, end - quarter);
        tokens += (double) inside * outcome.outputTokens() / texts;
      }
    }
    return streamed && quarter > 0
        ? OptionalDouble.of(tokens / (2 * quarter / 1e9))
        : OptionalDouble.empty();
  }

  /** Times to the first piece of text (TTFT), of all streams that had one. */
  public Optional<Percentiles> firstToken() {
    return percentiles(
        outcomes.stream()
            .filter(outcome -> outcome.textTimes().length > 0)
            .mapToLong(outcome -> outcome.textTimes()[0] - outcome.started()));
  }

  /** Times between two pieces of text (ITL), of all streams. */
  public Optional<Percentiles> betweenTokens() {
    return percentiles(outcomes.stream().flatMapToLong(Outcome::gaps));
  }

  /** Times to the end of whole answers (E2E). */
  public Optional<Percentiles> endToEnd() {
    return percentiles(whole().mapToLong(outcome -> outcome.ended() - outcome.started()));
  }

  private Stream<Outcome> whole() {
    return outcomes.stream().filter(outcome -> outcome.kind() == Outcome.Kind.OK);
  }

  private int count(Outcome.Kind kind) {
    return (int) outcomes.stream().filter(outcome -> outcome.kind() == kind).count();
  }

  private Map<String, Integer> counts(Function<Outcome, Optional<String>> key) {
    Map<String, Integer> counts = new TreeMap<>();
    outcomes.forEach(
        outcome -> key.apply(outcome).ifPresent(value -> counts.merge(value, 1, Integer::sum)));
    return counts;
  }

  private double perSecond(long amount) {
    return end == start ? 0 : amount / ((end - start) / 1e9);
  }

  private static Optional<Percentiles> percentiles(LongStream nanos) {
    return Percentiles.of(nanos.mapToDouble(time -> time / 1e6).toArray());
  }
}
