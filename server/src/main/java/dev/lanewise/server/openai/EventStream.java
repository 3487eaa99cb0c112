package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.server.http.SlowClients;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A stream of server-sent events: each leaves at once. Writing to a client that has gone throws.
 */
final class EventStream implements AutoCloseable {
  private final ServerResponse response;
  private final boolean named;
  private final OutputStream out;

  /**
   * A stream without any event.
   *
   * @param named whether events have their {@code type} as their name
   */
  EventStream(ServerResponse response, boolean named) {
    this.response = response;
    this.named = named;
    response.status(Status.OK_200);
    response.header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
    response.header(HeaderNames.CACHE_CONTROL, "no-cache");
    out = response.outputStream();
  }

  void send(JsonNode event) {
    String name = named ? "event: " + event.get("type").textValue() + "\n" : "";
    write(name + "data: " + event + "\n\n");
  }

  /** Something that clients skip: it keeps the connection alive, and fails if it is not. */
  void heartbeat() {
    write(": waiting\n\n");
  }

  /** The end, as the OpenAI API marks it where events have no names. */
  void done() {
    if (!named) {
      write("data: [DONE]\n\n");
    }
  }

  private void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      SlowClients.send(
          () -> {
            out.write(bytes);
            out.flush();
          });
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
    SlowClients.end(response);
  }
}
