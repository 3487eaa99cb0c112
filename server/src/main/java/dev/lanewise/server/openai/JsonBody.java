package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Bodies in JSON. They are read and parsed here and not by the server's media support, which
 * answers bad JSON with a 500.
 */
public final class JsonBody {
  private JsonBody() {}

  /**
   * Reads a body of at most {@code limit} bytes.
   *
   * @throws ApiError 413 if it is longer
   */
  static byte[] read(ServerRequest request, int limit) {
    if (request.headers().contentLength().orElse(0) > limit) {
      throw ApiError.tooLarge(limit);
    }
    try (InputStream in = request.content().inputStream()) {
      byte[] body = in.readNBytes(limit + 1);
      if (body.length > limit) {
        throw ApiError.tooLarge(limit);
      }
      return body;
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  /** Sends a status and a body. */
  public static void send(ServerResponse response, int status, JsonNode body) {
    response
        .status(Status.create(status))
        .header(HeaderValues.CONTENT_TYPE_JSON)
        .send(body.toString().getBytes(StandardCharsets.UTF_8));
  }
}
