package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.engine.ContextLengthExceeded;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.FinishReason;
import dev.lanewise.engine.Generation;
import dev.lanewise.engine.GenerationFailed;
import dev.lanewise.engine.GenerationRequest;
import dev.lanewise.engine.Result;
import dev.lanewise.engine.Timings;
import dev.lanewise.engine.sample.Sampling;
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
import java.util.List;
import java.util.Locale;

/** An endpoint that generates. */
public final class GenerationEndpoint implements Handler {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.server");
  private static final String CANCELLED = name(FinishReason.CANCELLED);

  private final Kind kind;
  private final Context context;

  /** Which endpoint it is. */
  public enum Kind {
    /** {@code POST /v1/chat/completions}. */
    CHAT("/v1/chat/completions", "chat.completions", "messages"),
    /** {@code POST /v1/completions}. */
    COMPLETION("/v1/completions", "completions", "prompt"),
    /** {@code POST /v1/responses}. */
    RESPONSE("/v1/responses", "responses", "input");

    private final String path;
    private final String label;
    private final String promptField;

    Kind(String path, String label, String promptField) {
      this.path = path;
      this.label = label;
      this.promptField = promptField;
    }

    /** Where its requests are sent. */
    public String path() {
      return path;
    }

    /**
     * Reads a request.
     *
     * @param sampling where it does not say how
     */
    Question read(byte[] body, Sampling sampling) {
      return switch (this) {
        case CHAT -> ChatRequest.read(body, sampling);
        case COMPLETION -> CompletionRequest.read(body, sampling);
        case RESPONSE -> ResponseRequest.read(body, sampling);
      };
    }

    /** Has an engine answer a question that {@link #read} returned. */
    AnswerReader ask(Question question, ServedModel model, Engine engine, Caller caller) {
      model.check(question.options().model());
      engine.checkGenerates();
      List<GenerationRequest> requests = question.requests(engine, caller);
      return new AnswerReader(
          submit(engine, requests), question.shape(engine, requests, model.name()));
    }

    private List<Generation> submit(Engine engine, List<GenerationRequest> requests) {
      try {
        return engine.submit(requests);
      } catch (ContextLengthExceeded tooLong) {
        throw ApiError.contextLengthExceeded(promptField, tooLong.getMessage());
      }
    }
  }

  /** What the endpoints of a server share. */
  public record Context(ServedModel model, ServerMetrics metrics, ServerOptions options) {}

  /** An endpoint of a server. */
  public GenerationEndpoint(Kind kind, Context context) {
    this.kind = kind;
    this.context = context;
  }

  @Override
  public void handle(ServerRequest http, ServerResponse response) throws InterruptedException {
    long start = System.nanoTime();
    AnswerShape shape = null;
    String grammarField = null;
    try {
      byte[] body = JsonBody.read(http, context.options.maxBodyBytes());
      Engine engine = context.model.engine();
      Question question = kind.read(body, engine.sampling());
      AnswerOptions options = question.options();
      grammarField = options.format().field();
      Caller caller = new Caller(salt(http), context.options.timeout());
      AnswerReader answers = kind.ask(question, context.model, engine, caller);
      shape = answers.shape();
      ClientWatch.whenGone(response, answers::cancel);
      if (options.stream()) {
        stream(answers, options, http, response, start);
      } else {
        whole(answers, http, response, start);
      }
    } catch (CloseConnectionException gone) {
      throw gone; // there is nobody to tell
    } catch (RuntimeException failure) {
      ApiError error = ApiError.of(failure, grammarField);
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

  private void whole(AnswerReader answers, ServerRequest http, ServerResponse response, long start)
      throws InterruptedException {
    answers.readAll();
    if (answers.isCancelled()) {
      ended(http, answers.shape(), CANCELLED, start);
      throw new CloseConnectionException("a client left before its answer");
    }
    finished(http, answers, start);
    JsonBody.send(response, 200, answers.shape().whole());
  }

  /**
   * Nothing is sent before the first token exists or the first heartbeat is due, so that an error
   * until then is an ordinary response. After that an error is an event, and a client that has gone
   * ends the generation.
   */
  private void stream(
      AnswerReader answers,
      AnswerOptions options,
      ServerRequest http,
      ServerResponse response,
      long start)
      throws InterruptedException {
    List<ObjectNode> opening = answers.shape().opening();
    Duration heartbeat = context.options.heartbeat();
    boolean soon = answers.await(heartbeat);
    List<ObjectNode> chunks = List.of();
    try {
      chunks = soon ? answers.next() : chunks;
    } catch (RuntimeException failure) {
      answers.cancel(); // the other answers
      throw failure;
    }
    String outcome = CANCELLED;
    try (EventStream events = new EventStream(response, answers.shape().namesEvents())) {
      opening.forEach(events::send);
      try {
        while (!soon) {
          events.heartbeat();
          soon = answers.await(heartbeat);
        }
        chunks.forEach(events::send);
        while (!answers.isOver()) {
          answers.next().forEach(events::send);
        }
        if (answers.isCancelled()) {
          return;
        }
        finished(http, answers, start);
        outcome = null;
        if (options.includeUsage()) {
          events.send(answers.shape().usage());
        }
      } catch (GenerationFailed failure) {
        ApiError error = ApiError.of(failure, options.format().field());
        outcome = Integer.toString(error.status());
        logFault(error, failure, response);
        events.send(answers.shape().failure(error));
      }
      events.done();
    } catch (RuntimeException gone) {
      throw new CloseConnectionException("a client left in its answer", gone);
    } finally {
      if (outcome != null) {
        answers.cancel();
        ended(http, answers.shape(), outcome, start);
      }
    }
  }

  private void finished(ServerRequest http, AnswerReader answers, long start) {
    List<Result> results = answers.results();
    results.forEach(result -> context.metrics.generation(result.timings()));
    Result first = results.getFirst();
    Timings timings = first.timings();
    String outcome = name(first.finish());
    context.metrics.request(kind.label, outcome, Duration.ofNanos(System.nanoTime() - start));
    AccessLog.note(
        http,
        "%s %s: %d prompt tokens, %d of them cached (%.0f/s), %d generated (%.1f/s)%s, waited %.0f ms, first token after %.0f ms"
            .formatted(
                answers.shape().id(),
                outcome,
                first.promptTokens(),
                timings.cachedTokens(),
                timings.promptPerSecond(),
                first.completionTokens(),
                timings.generatedPerSecond(),
                results.size() == 1 ? "" : ", and %d more".formatted(results.size() - 1),
                timings.queuedSeconds() * 1000,
                timings.firstTokenSeconds() * 1000));
  }

  private void ended(ServerRequest http, AnswerShape shape, String outcome, long start) {
    context.metrics.request(kind.label, outcome, Duration.ofNanos(System.nanoTime() - start));
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
}
