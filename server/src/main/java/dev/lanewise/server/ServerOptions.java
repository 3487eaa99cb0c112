package dev.lanewise.server;

import dev.lanewise.server.http.ConnectionLimits;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How to serve.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 takes a free one
 * @param metricsPort port for metrics and health, without keys and TLS; 0 takes a free one; empty:
 *     the same as for the rest
 * @param alias name under which the model is served; empty: its file name without the ending
 * @param grace how long running requests may go on after a stop was asked for
 * @param maxBodyBytes the longest request body that is read
 * @param timeout how long a request may take, waiting included; empty for as long as it takes
 * @param heartbeat how long a stream may be silent before its first token
 * @param accessLog whether each request is logged
 * @param security who may ask, and how
 * @param connections what connections may take
 */
public record ServerOptions(
    String host,
    int port,
    OptionalInt metricsPort,
    Optional<String> alias,
    Duration grace,
    int maxBodyBytes,
    Optional<Duration> timeout,
    Duration heartbeat,
    boolean accessLog,
    Security security,
    ConnectionLimits connections) {
  /** Proxies close connections that are silent for 15 seconds and more. */
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  /**
   * Loopback, port 8080, 30 seconds of grace, bodies of up to 8 MiB, no timeout, an access log, no
   * keys.
   */
  public static ServerOptions defaults() {
    return new ServerOptions(
        "127.0.0.1",
        8080,
        OptionalInt.empty(),
        Optional.empty(),
        Duration.ofSeconds(30),
        8 << 20,
        Optional.empty(),
        HEARTBEAT,
        true,
        Security.NONE,
        ConnectionLimits.DEFAULTS);
  }

  /** The same on another port. */
  public ServerOptions withPort(int other) {
    return new ServerOptions(
        host,
        other,
        metricsPort,
        alias,
        grace,
        maxBodyBytes,
        timeout,
        heartbeat,
        accessLog,
        security,
        connections);
  }
}
