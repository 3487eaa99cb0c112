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
 * @param timeout how long a request may take, waiting included; empty for as long as it takes
 * @param heartbeat how long a stream may be silent before its first token
 */
public record ServerOptions(
    String host,
    int port,
    Optional<String> alias,
    Duration grace,
    int maxBodyBytes,
    Optional<Duration> timeout,
    Duration heartbeat) {
  /** Proxies close connections that are silent for 15 seconds and more. */
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  /** Loopback, port 8080, 30 seconds of grace, bodies of up to 8 MiB, no timeout. */
  public static ServerOptions defaults() {
    return new ServerOptions(
        "127.0.0.1",
        8080,
        Optional.empty(),
        Duration.ofSeconds(30),
        8 << 20,
        Optional.empty(),
        HEARTBEAT);
  }

  /** The same on another port. */
  public ServerOptions withPort(int other) {
    return new ServerOptions(host, other, alias, grace, maxBodyBytes, timeout, heartbeat);
  }
}
