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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;

/** {@code POST /v1/embeddings}. */
public final class EmbeddingsEndpoint implements Handler {
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
      RequestFields fields = RequestFields.parse(body);
      String model =
          fields
              .text("model")
              .orElseThrow(
                  () -> ApiError.invalid("model", "'model' is missing; see GET /v1/models."));
      context.model().check(model);
      EmbeddingRequest request = EmbeddingRequest.read(fields, engine);
      EmbeddingBatch batch = new EmbeddingBatch(engine, request, context.options().timeout());
      ClientWatch.whenGone(response, batch::cancel);
      List<float[]> vectors = batch.compute();
      ended("stop", start);
      AccessLog.note(
          http, "%d texts of %d tokens".formatted(request.texts().size(), request.tokens()));
      SlowClients.send(() -> send(response, model, request, vectors));
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

  /** Writes the answer piece by piece: as a tree, millions of numbers would fill the heap. */
  private static void send(
      ServerResponse response, String model, EmbeddingRequest request, List<float[]> vectors) {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    try (JsonGenerator json = JSON.createGenerator(response.outputStream(), JsonEncoding.UTF8)) {
      json.writeStartObject();
      json.writeStringField("object", "list");
      json.writeArrayFieldStart("data");
      for (int i = 0; i < vectors.size(); i++) {
        json.writeStartObject();
        json.writeStringField("object", "embedding");
        json.writeNumberField("index", i);
        json.writeFieldName("embedding");
        write(json, vectors.get(i), request.base64());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeStringField("model", model);
      json.writeObjectFieldStart("usage");
      json.writeNumberField("prompt_tokens", request.tokens());
      json.writeNumberField("total_tokens", request.tokens());
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException gone) {
      throw new CloseConnectionException("a client left in its embeddings", gone);
    }
  }

  private static void write(JsonGenerator json, float[] vector, boolean base64) throws IOException {
    if (base64) {
      ByteBuffer bytes =
          ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(vector);
      json.writeBinary(bytes.array());
      return;
    }
    json.writeStartArray();
    for (float element : vector) {
      json.writeNumber(element);
    }
    json.writeEndArray();
  }
}
