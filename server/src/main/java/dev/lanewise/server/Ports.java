package dev.lanewise.server;

import dev.lanewise.server.http.AccessLog;
import dev.lanewise.server.http.ApiKeys;
import dev.lanewise.server.http.ConnectionLimits;
import dev.lanewise.server.http.CrossOrigin;
import dev.lanewise.server.http.SlowClients;
import dev.lanewise.server.openai.ClientWatch;
import dev.lanewise.server.openai.KeyCheck;
import dev.lanewise.server.openai.RefusedRequests;
import io.helidon.common.Weighted;
import io.helidon.common.socket.SocketOptions;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ErrorHandling;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpFeature;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/** The ports of a server: their limits, and what each request passes before its route. */
final class Ports {
  /** Paths that need no key. */
  static final Set<String> OPEN =
      Set.of("/", "/health", "/health/live", "/health/ready", "/metrics");

  /** Paths that are asked every few seconds, of which nothing is logged. */
  private static final Set<String> PROBES =
      Set.of("/health", "/health/live", "/health/ready", "/metrics");

  private static final String METRICS = "metrics";
  private static final Duration IDLE_CHECK = Duration.ofSeconds(5);

  private final ServerOptions options;
  private final AccessLog log;

  Ports(ServerOptions options) {
    this.options = options;
    log = new AccessLog(options.accessLog(), PROBES);
  }

  /**
   * Sets up the ports.
   *
   * @param api routes of the port for requests
   * @param metrics routes of the port for metrics, if there is one
   * @throws IOException if a file of keys or certificates cannot be read
   * @throws IllegalArgumentException if it has not in it what it should, or an origin is none
   */
  WebServer open(Consumer<HttpRouting.Builder> api, Consumer<HttpRouting.Builder> metrics)
      throws IOException {
    Security security = options.security();
    var web =
        WebServer.builder()
            .shutdownHook(false)
            .featuresDiscoverServices(false)
            .port(options.port());
    HttpRouting.Builder routing = limit(web);
    if (security.tls().isPresent()) {
      web.tls(security.tls().get().load());
    }
    if (!security.corsOrigins().isEmpty()) {
      web.addFeature(CrossOrigin.allow(security.corsOrigins()));
      routing.options("/*", (request, response) -> response.status(204).send());
    }
    if (security.keyFile().isPresent()) {
      routing.addFilter(new KeyCheck(ApiKeys.read(security.keyFile().get()), OPEN));
    }
    api.accept(routing);
    if (options.metricsPort().isPresent()) {
      var port = ListenerConfig.builder().name(METRICS).port(options.metricsPort().getAsInt());
      metrics.accept(limit(port));
      web.putSocket(METRICS, port.build());
    }
    return web.build();
  }

  /** The port for metrics; -1 if there is none of its own. */
  static int metricsPort(WebServer web) {
    return web.port(METRICS);
  }

  /** Bounds what a client may take of a port; returns its routing. */
  private HttpRouting.Builder limit(ListenerConfig.BuilderBase<?, ?> port) {
    ConnectionLimits limits = options.connections();
    SlowClients slowClients = new SlowClients(limits.patience());
    HttpRouting.Builder routing = HttpRouting.builder().addFeature(new Entrance(log, slowClients));
    port.host(options.host())
        .shutdownGracePeriod(Duration.ofSeconds(1))
        .maxTcpConnections(limits.most())
        .connectionOptions(
            SocketOptions.builder().socketSendBufferSize(ConnectionLimits.SEND_BUFFER).build())
        .idleConnectionTimeout(limits.idle())
        .idleConnectionPeriod(IDLE_CHECK)
        // Endpoints refuse what is longer than the limit, but read some more, for clients that send
        // all before they listen. Without this bound a single chunk might take all memory.
        .maxPayloadSize(2L * options.maxBodyBytes())
        // One protocol: to tell several apart, Helidon would wait for a first line without a limit.
        .protocolsDiscoverServices(false)
        .addProtocol(
            Http1Config.builder()
                .maxPrologueLength(ConnectionLimits.LONGEST_FIRST_LINE)
                .maxHeadersSize(ConnectionLimits.MOST_HEADER_BYTES)
                .addReceiveListener(new Receipt(new ClientWatch(), slowClients))
                .build())
        .directHandlers(RefusedRequests.handlers(log))
        .errorHandling(ErrorHandling.builder().includeEntity(true).build())
        .routing(routing);
    return routing;
  }

  /** Helidon 4.5.0 tells one listener what is received, and none if there are several. */
  private record Receipt(ClientWatch watch, SlowClients slowClients)
      implements Http1ConnectionListener {
    @Override
    public void prologue(ConnectionContext context, HttpPrologue prologue) {
      watch.prologue(context, prologue);
      slowClients.prologue(context, prologue);
    }
  }

  /** Comes before all else, CORS included. */
  private record Entrance(AccessLog log, SlowClients slowClients) implements HttpFeature, Weighted {
    @Override
    public void setup(HttpRouting.Builder routing) {
      routing.addFilter(log).addFilter(slowClients);
    }

    @Override
    public double weight() {
      return 1000;
    }
  }
}
