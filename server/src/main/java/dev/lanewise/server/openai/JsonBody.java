package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.server.http.SlowClients;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
   * @throws ApiError 413 if it is longer; 400 if it is cut into chunks wrongly
   * @throws CloseConnectionException if the client leaves, or is too slow
   */
  static byte[] read(ServerRequest request, int limit) {
    byte[] body;
    try {
      // Not closed: it holds nothing, and closing would read on where reading has failed.
      InputStream in = request.content().inputStream();
      body = in.readNBytes(limit + 1);
      // The rest is read too, as far as the server allows: clients first send all, then listen.
      in.transferTo(OutputStream.nullOutputStream());
    } catch (RequestException
        | DataReader.IncorrectNewLineException
        | NumberFormatException malformed) {
      throw malformed instanceof RequestException tooLong
              && tooLong.status() == Status.REQUEST_ENTITY_TOO_LARGE_413
          ? ApiError.tooLarge(limit)
          : ApiError.invalid(null, "The chunks of the request body are malformed.");
    } catch (IOException | DataReader.InsufficientDataAvailableException gone) {
      throw new CloseConnectionException("a client left in its request", gone);
    }
    SlowClients.requestIsThere();
    if (body.length > limit) {
      throw ApiError.tooLarge(limit);
    }
    return body;
  }

  /**
   * Sends a status and a body.
   *
   * @throws CloseConnectionException if the client has left, or is too slow
   */
  public static void send(ServerResponse response, int status, JsonNode body) {
    response.status(Status.create(status)).header(HeaderValues.CONTENT_TYPE_JSON);
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    SlowClients.send(() -> response.send(bytes));
  }
}
