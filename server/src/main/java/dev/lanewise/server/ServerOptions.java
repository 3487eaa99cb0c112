package dev.lanewise.server;

import java.time.Duration;
import java.util.Optional;

/**
 * How to serve.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 takes a free one
 * @param alias name under which the model is served; empty: its file name without the ending
 * @param grace how long running requests may go on after a stop was asked for
 * @param maxBodyBytes the longest request body that is read
 */
public record ServerOptions(
    String host, int port, Optional<String> alias, Duration grace, int maxBodyBytes) {
  /** Loopback, port 8080, 30 seconds of grace, bodies of up to 8 MiB. */
  public static ServerOptions defaults() {
    return new ServerOptions("127.0.0.1", 8080, Optional.empty(), Duration.ofSeconds(30), 8 << 20);
  }

  /** The same on another port. */
  public ServerOptions withPort(int other) {
    return new ServerOptions(host, other, alias, grace, maxBodyBytes);
  }
}
