package dev.lanewise.server.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.GenerationFailed;
import dev.lanewise.engine.QueueFull;
import dev.lanewise.engine.grammar.GrammarError;
import dev.lanewise.server.ServedModel;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The endpoints that compute, for requests that come from elsewhere than HTTP. Answers are whole,
 * and the same as over HTTP.
 */
public final class OfflineEndpoints {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.server");
  private static final JsonFactory JSON = new JsonFactory();
  private static final Caller CALLER = new Caller("", Optional.empty());

  private final ServedModel model;

  /**
   * What HTTP would answer.
   *
   * @param body in JSON
   */
  public record Answer(int status, String body) {
    /** The answer that tells of an error. */
    public static Answer of(ApiError error) {
      return new Answer(error.status(), error.toJson().toString());
    }
  }

  /** The endpoints for a model that is there. */
  public OfflineEndpoints(ServedModel model) {
    this.model = model;
  }

  /**
   * Answers a request. One that finds the engine full waits until there is room.
   *
   * @param id names the request in the log
   * @throws InterruptedException if interrupted; the engine then drops the request
   */
  public Answer answer(String id, String method, String path, byte[] body)
      throws InterruptedException {
    while (true) {
      try {
        return new Answer(200, compute(method, path, body));
      } catch (QueueFull full) {
        model.engine().awaitRoom(full);
      } catch (RuntimeException failure) {
        ApiError error = ApiError.of(failure);
        if (error.status() == 500) {
          LOG.log(System.Logger.Level.ERROR, "request " + id + " failed", failure);
        }
        return Answer.of(error);
      }
    }
  }

  private String compute(String method, String path, byte[] body) throws InterruptedException {
    Optional<GenerationEndpoint.Kind> kind =
        Arrays.stream(GenerationEndpoint.Kind.values())
            .filter(one -> one.path().equals(path))
            .findFirst();
    if (kind.isEmpty() && !path.equals(EmbeddingsEndpoint.PATH)) {
      throw ApiError.unknownPath(method, path);
    }
    if (!method.equals("POST")) {
      throw ApiError.wrongMethod(method, path, "POST");
    }
    return kind.isPresent() ? generate(kind.get(), body) : embed(body);
  }

  private String generate(GenerationEndpoint.Kind kind, byte[] body) throws InterruptedException {
    Engine engine = model.engine();
    Question question = kind.read(body, engine.sampling());
    if (question.options().stream()) {
      throw ApiError.unsupported("stream", "'stream' must be false here: answers come whole.");
    }
    try {
      AnswerReader answers = kind.ask(question, model, engine, CALLER);
      answers.readAll();
      return answers.shape().whole().toString();
    } catch (GrammarError | GenerationFailed failure) {
      throw ApiError.of(failure, question.options().format().field());
    }
  }

  private String embed(byte[] body) throws InterruptedException {
    Engine engine = model.engine();
    EmbeddingRequest request = EmbeddingRequest.read(body, model, engine);
    EmbeddingBatch batch = new EmbeddingBatch(engine, request, CALLER.timeout());
    EmbeddingAnswer answer = new EmbeddingAnswer(request, batch.compute());
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      answer.write(json);
    } catch (IOException impossible) { // nothing but memory is written to
      throw new UncheckedIOException(impossible);
    }
    return text.toString();
  }
}
