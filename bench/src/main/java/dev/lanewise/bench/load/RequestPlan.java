package dev.lanewise.bench.load;

import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The requests of one class, in order. The same traffic and seed give the same requests, whatever
 * the times at which they are taken.
 */
final class RequestPlan {
  private static final int MOST_PATIENCE_MILLIS = 1000;

  private final Traffic traffic;
  private final boolean stream;
  private final SplittableRandom random;
  private final PromptText text;

  /**
   * A plan.
   *
   * @param stream whether answers come in pieces, so that a client can leave between two
   */
  RequestPlan(Traffic traffic, boolean stream, long seed) {
    this.traffic = traffic;
    this.stream = stream;
    random = new SplittableRandom(seed ^ traffic.name().hashCode());
    text = new PromptText(random.nextLong());
  }

  /** The next request; from any thread. */
  synchronized PlannedRequest next() {
    int promptTokens = traffic.promptTokens().draw(random);
    int outputTokens = traffic.outputTokens().draw(random);
    int shared = (int) Math.round(traffic.sharedPrefix() * promptTokens);
    String prompt = text.write(promptTokens, shared, random);
    return new PlannedRequest(prompt, promptTokens, outputTokens, departure(outputTokens));
  }

  /** Half of those who leave do so before the first token. */
  private Optional<Departure> departure(int outputTokens) {
    if (random.nextDouble() >= traffic.disconnect()) {
      return Optional.empty();
    }
    if (stream && random.nextBoolean()) {
      return Optional.of(new Departure.MidStream(1 + random.nextInt(outputTokens)));
    }
    int millis = random.nextInt(MOST_PATIENCE_MILLIS);
    return Optional.of(new Departure.BeforeFirstToken(Duration.ofMillis(millis)));
  }
}
