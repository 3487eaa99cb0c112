package dev.lanewise.server.openai;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1ConnectionListener;

/**
 * Notices that a client has left before it has its answer: nothing is written to it while its
 * request waits, so no write fails. A virtual thread reads on from the connection instead, which
 * ends when the client closes it.
 *
 * <p>That read would take the first bytes of a next request, so the answer ends the connection.
 */
public final class ClientWatch implements Http1ConnectionListener {
  /** A connection is served by one thread, which reads a request and then runs its handler. */
  private static final ThreadLocal<ConnectionContext> CONNECTION = new ThreadLocal<>();

  @Override
  public void prologue(ConnectionContext context, HttpPrologue prologue) {
    CONNECTION.set(context);
  }

  /**
   * Runs {@code action} when the client of the request that this thread handles has left; perhaps
   * also after its answer. The body of the request must have been read.
   */
  static void whenGone(ServerResponse response, Runnable action) {
    ConnectionContext context = CONNECTION.get();
    if (context == null) {
      return; // not HTTP/1.1
    }
    response.header(HeaderValues.CONNECTION_CLOSE);
    DataReader reader = context.dataReader();
    Thread.ofVirtual()
        .name("lanewise-watch")
        .start(
            () -> {
              try {
                reader.ensureAvailable();
              } catch (RuntimeException closed) {
                action.run();
              }
            });
  }
}
