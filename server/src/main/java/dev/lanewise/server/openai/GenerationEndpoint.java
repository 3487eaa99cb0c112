package dev.lanewise.server.openai;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.FinishReason;
import dev.lanewise.engine.Generation;
import dev.lanewise.engine.GenerationRequest;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.Timings;
import dev.lanewise.server.ServedModel;
import dev.lanewise.server.metrics.ServerMetrics;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** {@code POST /v1/completions} or {@code POST /v1/chat/completions}. */
public final class GenerationEndpoint implements Handler {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.server");

  private final boolean chat;
  private final ServedModel model;
  private final ServerMetrics metrics;
  private final int maxBodyBytes;
  private final System.Logger.Level outcomeLevel;

  /**
   * The chat endpoint, or the one for plain text.
   *
   * @param outcomeLevel the level at which each request is logged when it has ended
   */
  public GenerationEndpoint(
      boolean chat,
      ServedModel model,
      ServerMetrics metrics,
      int maxBodyBytes,
      System.Logger.Level outcomeLevel) {
    this.chat = chat;
    this.model = model;
    this.metrics = metrics;
    this.maxBodyBytes = maxBodyBytes;
    this.outcomeLevel = outcomeLevel;
  }

  @Override
  public void handle(ServerRequest http, ServerResponse response) throws InterruptedException {
    long start = System.nanoTime();
    AnswerShape shape = null;
    try {
      byte[] body = JsonBody.read(http, maxBodyBytes);
      Engine engine = model.engine();
      ApiRequest request = chat ? ApiRequest.chat(body) : ApiRequest.completion(body);
      if (!request.model().equals(model.name())) {
        throw ApiError.unknownModel(request.model(), model.name());
      }
      Generation generation = submit(engine, request);
      shape = AnswerShape.create(chat, model.name());
      if (request.stream()) {
        stream(generation, request, shape, response, start);
      } else {
        whole(generation, shape, response, start);
      }
    } catch (RuntimeException failure) {
      ApiError error = ApiError.of(failure);
      if (error.status() >= 500 && !(failure instanceof ApiError)) {
        LOG.log(System.Logger.Level.ERROR, "a request failed", failure);
      }
      ended(shape, Integer.toString(error.status()), start);
      JsonBody.send(response, error.status(), error.toJson());
    }
  }

  private static Generation submit(Engine engine, ApiRequest request) {
    int[] prompt =
        switch (request.prompt()) {
          case ApiRequest.Prompt.Text text -> engine.encodePrompt(text.text());
          case ApiRequest.Prompt.Tokens tokens -> tokens.ids();
          case ApiRequest.Prompt.Chat chat -> engine.encodeChat(chat.conversation());
        };
    return engine.submit(
        new GenerationRequest(prompt, request.maxTokens(), request.sampling(), request.stop()));
  }

  private void whole(Generation generation, AnswerShape shape, ServerResponse response, long start)
      throws InterruptedException {
    StringBuilder text = new StringBuilder();
    for (Optional<String> piece = generation.nextText();
        piece.isPresent();
        piece = generation.nextText()) {
      text.append(piece.get());
    }
    Result result = generation.result();
    finished(shape, result, start);
    JsonBody.send(response, 200, shape.whole(text.toString(), result));
  }

  /**
   * Nothing is sent before the first token exists, so that an error until then is an ordinary
   * response. After that an error is an event, and a client that has gone ends the generation.
   */
  private void stream(
      Generation generation,
      ApiRequest request,
      AnswerShape shape,
      ServerResponse response,
      long start)
      throws InterruptedException {
    Optional<String> piece = generation.nextText();
    String outcome = FinishReason.CANCELLED.name().toLowerCase(Locale.ROOT);
    try (EventStream events = new EventStream(response)) {
      shape.opening().ifPresent(events::send);
      try {
        for (; piece.isPresent(); piece = generation.nextText()) {
          events.send(shape.text(piece.get()));
        }
        Result result = generation.result();
        finished(shape, result, start);
        outcome = null;
        events.send(shape.closing(result));
        if (request.includeUsage()) {
          events.send(shape.usageChunk(result));
        }
      } catch (dev.lanewise.engine.GenerationFailed failure) {
        ApiError error = ApiError.of(failure);
        outcome = Integer.toString(error.status());
        LOG.log(System.Logger.Level.ERROR, "a stream failed", failure);
        events.send(error.toJson());
      }
      events.done();
    } catch (RuntimeException gone) {
      generation.cancel(); // the client has left; there is nobody to tell
    } finally {
      if (outcome != null) {
        generation.cancel();
        ended(shape, outcome, start);
      }
    }
  }

  private void finished(AnswerShape shape, Result result, long start) {
    Timings timings = result.timings();
    String outcome = result.finish().name().toLowerCase(Locale.ROOT);
    metrics.generation(timings);
    metrics.request(endpoint(), outcome, Duration.ofNanos(System.nanoTime() - start));
    LOG.log(
        outcomeLevel,
        () ->
            "%s %s %s: %d prompt tokens (%.0f/s), %d generated (%.1f/s), waited %.0f ms, first token after %.0f ms, %.0f ms in all"
                .formatted(
                    shape.id(),
                    endpoint(),
                    outcome,
                    result.promptTokens(),
                    timings.promptPerSecond(),
                    result.completionTokens(),
                    timings.generatedPerSecond(),
                    timings.queuedSeconds() * 1000,
                    timings.firstTokenSeconds() * 1000,
                    (System.nanoTime() - start) / 1e6));
  }

  private void ended(AnswerShape shape, String outcome, long start) {
    metrics.request(endpoint(), outcome, Duration.ofNanos(System.nanoTime() - start));
    LOG.log(
        outcomeLevel,
        () ->
            "%s %s %s after %.0f ms"
                .formatted(
                    shape == null ? "-" : shape.id(),
                    endpoint(),
                    outcome,
                    (System.nanoTime() - start) / 1e6));
  }

  private String endpoint() {
    return chat ? "chat.completions" : "completions";
  }
}
