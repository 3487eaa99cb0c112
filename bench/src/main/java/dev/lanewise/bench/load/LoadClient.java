package dev.lanewise.bench.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Sends requests and times their answers, each in the thread that calls. */
final class LoadClient {
  private static final int OK = 200;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final Duration DEFAULT_RETRY = Duration.ofSeconds(1);
  private static final Duration LEAST_RETRY = Duration.ofMillis(100);
  private static final int LONGEST_ERROR = 200;

  private final HttpClient http;
  private final Target target;
  private final String model;
  private final boolean retry;

  /**
   * A client.
   *
   * @param retry whether a request that gets a 429 is sent again, after the time the server asks
   *     for
   */
  LoadClient(HttpClient http, Target target, String model, boolean retry) {
    this.http = http;
    this.target = target;
    this.model = model;
    this.retry = retry;
  }

  /**
   * Sends a request and waits for its end.
   *
   * @param traffic name of its class
   * @param deadline when retrying ends, in nanoseconds of {@link System#nanoTime}
   */
  Outcome send(PlannedRequest planned, String traffic, long deadline) throws InterruptedException {
    HttpRequest request = target.request(model, planned);
    Recording recording = new Recording(traffic, planned.promptTokens());
    Optional<Duration> wait = attempt(request, planned, recording);
    while (wait.isPresent() && System.nanoTime() + wait.get().toNanos() - deadline < 0) {
      TimeUnit.NANOSECONDS.sleep(wait.get().toNanos());
      recording.retried();
      wait = attempt(request, planned, recording);
    }
    return recording.outcome();
  }

  /** Returns after what time the request is to be sent again, if it is. */
  private Optional<Duration> attempt(
      HttpRequest request, PlannedRequest planned, Recording recording)
      throws InterruptedException {
    try (Exchange exchange = new Exchange(http, request)) {
      try {
        if (planned.departure().orElse(null) instanceof Departure.BeforeFirstToken early) {
          exchange.leaveAfter(early.patience());
        }
        HttpResponse<InputStream> response = exchange.response();
        recording.status(response.statusCode());
        return read(exchange, response, planned, recording);
      } catch (IOException broken) {
        if (exchange.left()) {
          recording.ended(Outcome.Kind.DISCONNECTED);
        } else {
          recording.failed(Outcome.describe(broken));
        }
        return Optional.empty();
      }
    }
  }

  private Optional<Duration> read(
      Exchange exchange,
      HttpResponse<InputStream> response,
      PlannedRequest planned,
      Recording recording)
      throws IOException {
    if (response.statusCode() == TOO_MANY_REQUESTS) {
      response.body().readAllBytes();
      recording.ended(Outcome.Kind.REJECTED);
      return retry ? Optional.of(retryAfter(response)) : Optional.empty();
    }
    if (response.statusCode() != OK) {
      recording.failed("status %d: %s".formatted(response.statusCode(), message(text(response))));
    } else if (target.stream()) {
      readStream(exchange, response.body(), planned.departure(), recording);
    } else {
      Chunk answer = Chunk.parse(text(response));
      recording.end(answer);
      answer
          .error()
          .ifPresentOrElse(
              error -> recording.failed("in the answer: " + error),
              () -> recording.ended(Outcome.Kind.OK));
    }
    return Optional.empty();
  }

  private static void readStream(
      Exchange exchange, InputStream body, Optional<Departure> departure, Recording recording)
      throws IOException {
    EventReader events = new EventReader(body);
    Optional<String> data = events.next();
    for (; data.isPresent(); data = events.next()) {
      Chunk chunk = Chunk.parse(data.get());
      if (chunk.error().isPresent()) {
        recording.failed("in the stream: " + chunk.error().get());
        return;
      }
      recording.end(chunk);
      if (chunk.hasText()) {
        recording.text();
        if (leavesAt(recording.texts(), departure)) {
          exchange.leave();
          recording.ended(Outcome.Kind.DISCONNECTED);
          return;
        }
      }
    }
    recording.ended(Outcome.Kind.OK);
    body.readAllBytes(); // to the end, so that the connection serves the next request too
  }

  private static boolean leavesAt(int texts, Optional<Departure> departure) {
    return switch (departure.orElse(null)) {
      case null -> false;
      case Departure.BeforeFirstToken early -> true;
      case Departure.MidStream(int events) -> texts >= events;
    };
  }

  private static Duration retryAfter(HttpResponse<?> response) {
    Duration wait =
        response
            .headers()
            .firstValue("Retry-After")
            .filter(value -> value.matches("\\d{1,6}"))
            .map(value -> Duration.ofSeconds(Integer.parseInt(value)))
            .orElse(DEFAULT_RETRY);
    return wait.compareTo(LEAST_RETRY) < 0 ? LEAST_RETRY : wait;
  }

  private static String text(HttpResponse<InputStream> response) throws IOException {
    return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** What the body of an error says. */
  private static String message(String body) {
    try {
      return Chunk.parse(body).error().orElse("no error in the body");
    } catch (JsonProcessingException other) {
      return body.length() > LONGEST_ERROR ? body.substring(0, LONGEST_ERROR) + "..." : body;
    }
  }
}
