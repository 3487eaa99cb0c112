package dev.lanewise.server.openai;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.FinishReason;
import dev.lanewise.engine.Generation;
import dev.lanewise.engine.GenerationFailed;
import dev.lanewise.engine.GenerationRequest;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.Timings;
import dev.lanewise.server.ServedModel;
import dev.lanewise.server.ServerOptions;
import dev.lanewise.server.http.AccessLog;
import dev.lanewise.server.http.ApiKeys;
import dev.lanewise.server.http.RequestId;
import dev.lanewise.server.metrics.ServerMetrics;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code POST /v1/completions} or {@code POST /v1/chat/completions}. */
public final class GenerationEndpoint implements Handler {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.server");
  private static final String CANCELLED = name(FinishReason.CANCELLED);

  private final boolean chat;
  private final Context context;

  /** What the endpoints of a server share. */
  public record Context(ServedModel model, ServerMetrics metrics, ServerOptions options) {}

  /** The chat endpoint, or the one for plain text. */
  public GenerationEndpoint(boolean chat, Context context) {
    this.chat = chat;
    this.context = context;
  }

  @Override
  public void handle(ServerRequest http, ServerResponse response) throws InterruptedException {
    long start = System.nanoTime();
    AnswerShape shape = null;
    try {
      byte[] body = JsonBody.read(http, context.options.maxBodyBytes());
      Engine engine = context.model.engine();
      ApiRequest request = chat ? ApiRequest.chat(body) : ApiRequest.completion(body);
      String served = context.model.name();
      if (!request.model().equals(served)) {
        throw ApiError.unknownModel(request.model(), served);
      }
      Generation generation = submit(engine, request, salt(http));
      ClientWatch.whenGone(response, generation::cancel);
      shape = AnswerShape.create(chat, served);
      if (request.stream()) {
        stream(generation, request, shape, http, response, start);
      } else {
        whole(generation, shape, http, response, start);
      }
    } catch (CloseConnectionException gone) {
      throw gone; // there is nobody to tell
    } catch (RuntimeException failure) {
      ApiError error = ApiError.of(failure);
      logFault(error, failure, response);
      ended(http, shape, Integer.toString(error.status()), start);
      error
          .retryAfterSeconds()
          .ifPresent(
              seconds -> response.header(HeaderNames.RETRY_AFTER, Integer.toString(seconds)));
      JsonBody.send(response, error.status(), error.toJson());
    }
  }

  /** Who asks: only requests with the same key share what is computed for their prompts. */
  private static String salt(ServerRequest http) {
    return ApiKeys.shown(http.headers())
        .or(() -> http.headers().first(HeaderNames.AUTHORIZATION))
        .orElse("");
  }

  private Generation submit(Engine engine, ApiRequest request, String salt) {
    int[] prompt =
        switch (request.prompt()) {
          case ApiRequest.Prompt.Text text -> engine.encodePrompt(text.text());
          case ApiRequest.Prompt.Tokens tokens -> tokens.ids();
          case ApiRequest.Prompt.Chat chat -> engine.encodeChat(chat.conversation());
        };
    return engine.submit(
        new GenerationRequest(
            prompt,
            request.maxTokens(),
            request.sampling(),
            request.stop(),
            request.priority(),
            shorter(request.timeout(), context.options.timeout()),
            salt));
  }

  private static Optional<Duration> shorter(Optional<Duration> a, Optional<Duration> b) {
    return Stream.of(a, b).flatMap(Optional::stream).min(Comparator.naturalOrder());
  }

  private void whole(
      Generation generation,
      AnswerShape shape,
      ServerRequest http,
      ServerResponse response,
      long start)
      throws InterruptedException {
    StringBuilder text = new StringBuilder();
    for (Optional<String> piece = generation.nextText();
        piece.isPresent();
        piece = generation.nextText()) {
      text.append(piece.get());
    }
    Result result = generation.result();
    if (result.finish() == FinishReason.CANCELLED) {
      ended(http, shape, CANCELLED, start);
      throw new CloseConnectionException("a client left before its answer");
    }
    finished(http, shape, result, start);
    JsonBody.send(response, 200, shape.whole(text.toString(), result));
  }

  /**
   * Nothing is sent before the first token exists or the first heartbeat is due, so that an error
   * until then is an ordinary response. After that an error is an event, and a client that has gone
   * ends the generation.
   */
  private void stream(
      Generation generation,
      ApiRequest request,
      AnswerShape shape,
      ServerRequest http,
      ServerResponse response,
      long start)
      throws InterruptedException {
    Duration heartbeat = context.options.heartbeat();
    boolean soon = generation.await(heartbeat);
    Optional<String> piece = soon ? generation.nextText() : Optional.empty();
    String outcome = CANCELLED;
    try (EventStream events = new EventStream(response)) {
      shape.opening().ifPresent(events::send);
      try {
        if (!soon) {
          do {
            events.heartbeat();
          } while (!generation.await(heartbeat));
          piece = generation.nextText();
        }
        for (; piece.isPresent(); piece = generation.nextText()) {
          events.send(shape.text(piece.get()));
        }
        Result result = generation.result();
        if (result.finish() == FinishReason.CANCELLED) {
          return;
        }
        finished(http, shape, result, start);
        outcome = null;
        events.send(shape.closing(result));
        if (request.includeUsage()) {
          events.send(shape.usageChunk(result));
        }
      } catch (GenerationFailed failure) {
        ApiError error = ApiError.of(failure);
        outcome = Integer.toString(error.status());
        logFault(error, failure, response);
        events.send(error.toJson());
      }
      events.done();
    } catch (RuntimeException gone) {
      throw new CloseConnectionException("a client left in its answer", gone);
    } finally {
      if (outcome != null) {
        generation.cancel();
        ended(http, shape, outcome, start);
      }
    }
  }

  private void finished(ServerRequest http, AnswerShape shape, Result result, long start) {
    Timings timings = result.timings();
    String outcome = name(result.finish());
    context.metrics.generation(timings);
    context.metrics.request(endpoint(), outcome, Duration.ofNanos(System.nanoTime() - start));
    AccessLog.note(
        http,
        "%s %s: %d prompt tokens, %d of them cached (%.0f/s), %d generated (%.1f/s), waited %.0f ms, first token after %.0f ms"
            .formatted(
                shape.id(),
                outcome,
                result.promptTokens(),
                timings.cachedTokens(),
                timings.promptPerSecond(),
                result.completionTokens(),
                timings.generatedPerSecond(),
                timings.queuedSeconds() * 1000,
                timings.firstTokenSeconds() * 1000));
  }

  private void ended(ServerRequest http, AnswerShape shape, String outcome, long start) {
    context.metrics.request(endpoint(), outcome, Duration.ofNanos(System.nanoTime() - start));
    if (shape != null) {
      AccessLog.note(http, shape.id() + " " + outcome);
    }
  }

  /** A timeout or a shutdown is no fault of the server. */
  private static void logFault(ApiError error, RuntimeException failure, ServerResponse response) {
    if (error.status() == 500) {
      String id = RequestId.in(response.headers());
      LOG.log(System.Logger.Level.ERROR, "request " + id + " failed", failure);
    }
  }

  private static String name(FinishReason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private String endpoint() {
    return chat ? "chat.completions" : "completions";
  }
}
