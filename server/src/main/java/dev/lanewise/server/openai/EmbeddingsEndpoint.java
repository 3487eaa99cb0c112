package dev.lanewise.server.openai;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.engine.Engine;
import dev.lanewise.server.http.AccessLog;
import dev.lanewise.server.http.SlowClients;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/** {@code POST /v1/embeddings}. */
public final class EmbeddingsEndpoint implements Handler {
  /** Where its requests are sent. */
  public static final String PATH = "/v1/embeddings";

  private static final JsonFactory JSON = new JsonFactory();

  private final GenerationEndpoint.Context context;

  /** The endpoint of a server. */
  public EmbeddingsEndpoint(GenerationEndpoint.Context context) {
    this.context = context;
  }

  @Override
  public void handle(ServerRequest http, ServerResponse response) throws InterruptedException {
    long start = System.nanoTime();
    try {
      byte[] body = JsonBody.read(http, context.options().maxBodyBytes());
      Engine engine = context.model().engine();
      EmbeddingRequest request = EmbeddingRequest.read(body, context.model(), engine);
      EmbeddingBatch batch = new EmbeddingBatch(engine, request, context.options().timeout());
      ClientWatch.whenGone(response, batch::cancel);
      EmbeddingAnswer answer = new EmbeddingAnswer(request, batch.compute());
      ended("stop", start);
      AccessLog.note(
          http, "%d texts of %d tokens".formatted(request.texts().size(), request.tokens()));
      SlowClients.send(() -> send(response, answer));
      SlowClients.end(response);
    } catch (CancellationException gone) {
      ended("cancelled", start);
      throw new CloseConnectionException("a client left before its embeddings", gone);
    } catch (CloseConnectionException gone) {
      throw gone; // there is nobody to tell
    } catch (RuntimeException failure) {
      ended(Integer.toString(ApiError.of(failure).status()), start);
      throw failure;
    }
  }

  private void ended(String outcome, long start) {
    context.metrics().request("embeddings", outcome, Duration.ofNanos(System.nanoTime() - start));
  }

  private static void send(ServerResponse response, EmbeddingAnswer answer) {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    try (JsonGenerator json = JSON.createGenerator(response.outputStream(), JsonEncoding.UTF8)) {
      answer.write(json);
    } catch (IOException gone) {
      throw new CloseConnectionException("a client left in its embeddings", gone);
    }
  }
}
