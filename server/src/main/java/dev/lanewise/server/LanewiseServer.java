package dev.lanewise.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.lanewise.engine.Engine;
import dev.lanewise.server.http.SlowClients;
import dev.lanewise.server.metrics.ServerMetrics;
import dev.lanewise.server.openai.GenerationEndpoint;
import dev.lanewise.server.openai.JsonBody;
import dev.lanewise.server.openai.ModelsEndpoint;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * The HTTP server. It answers health checks from the start, and requests from {@link #serve} on.
 * {@link #close} lets running requests finish within the grace period.
 */
public final class LanewiseServer implements AutoCloseable {
  private static final String METRICS = "/metrics";

  private final ServerOptions options;
  private final ServedModel model = new ServedModel();
  private final ServerMetrics metrics = new ServerMetrics();
  private final WebServer web;

  private LanewiseServer(ServerOptions options) throws IOException {
    this.options = options;
    web = new Ports(options).open(this::api, this::observation);
  }

  /**
   * Starts to listen.
   *
   * @throws IOException if the file of API keys or one of those for TLS cannot be read
   * @throws IllegalArgumentException if such a file has not in it what it should
   * @throws UncheckedIOException if a port is taken or the address is not this machine's
   */
  public static LanewiseServer start(ServerOptions options) throws IOException {
    LanewiseServer server = new LanewiseServer(options);
    server.web.start();
    if (!server.web.isRunning()) { // the reason is in Helidon's log only
      String metrics =
          options.metricsPort().isPresent() ? " or " + options.metricsPort().getAsInt() : "";
      throw new UncheckedIOException(
          new BindException(
              "address %s, port %d%s".formatted(options.host(), options.port(), metrics)));
    }
    return server;
  }

  /** Answers requests with a loaded, warm engine; {@link #close} closes it. */
  public void serve(Engine engine, Duration loadTime) {
    String name = options.alias().orElseGet(() -> nameOf(engine));
    engine.listen(metrics.modelLoaded(name, loadTime, engine::load));
    model.ready(engine, name);
  }

  private static String nameOf(Engine engine) {
    String file = engine.modelPath().getFileName().toString();
    return file.endsWith(".gguf") ? file.substring(0, file.length() - ".gguf".length()) : file;
  }

  /** The port the server listens on. */
  public int port() {
    return web.port();
  }

  /** The port for metrics and health; empty if they have none of their own. */
  public OptionalInt metricsPort() {
    int port = Ports.metricsPort(web);
    return port < 0 ? OptionalInt.empty() : OptionalInt.of(port);
  }

  /** The name under which the model is served. */
  public String modelName() {
    return model.name();
  }

  private void api(HttpRouting.Builder routing) {
    ModelsEndpoint models = new ModelsEndpoint(model);
    GenerationEndpoint.Context context = new GenerationEndpoint.Context(model, metrics, options);
    Routes routes =
        new Routes(routing)
            .post("/v1/chat/completions", new GenerationEndpoint(true, context))
            .post("/v1/completions", new GenerationEndpoint(false, context))
            .get("/v1/models", models::list)
            .get("/v1/models/*", models::get)
            .get("/", this::hint);
    health(routes);
    if (options.metricsPort().isEmpty()) {
      routes.get(METRICS, this::metrics);
    }
    routes.end();
  }

  private void observation(HttpRouting.Builder routing) {
    Routes routes = new Routes(routing).get(METRICS, this::metrics);
    health(routes);
    routes.end();
  }

  private void health(Routes routes) {
    routes
        .get("/health", this::ready)
        .get("/health/live", (request, response) -> status(response, 200, "ok"))
        .get("/health/ready", this::ready);
  }

  private void ready(ServerRequest request, ServerResponse response) {
    boolean ready = model.isReady();
    String state = model.loadedEngine().isEmpty() ? "loading model" : "shutting down";
    status(response, ready ? 200 : 503, ready ? "ok" : state);
  }

  private static void status(ServerResponse response, int status, String text) {
    JsonBody.send(response, status, JsonNodeFactory.instance.objectNode().put("status", text));
  }

  private void metrics(ServerRequest request, ServerResponse response) {
    response.header(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    String text = metrics.scrape();
    SlowClients.send(() -> response.send(text));
  }

  private void hint(ServerRequest request, ServerResponse response) {
    response
        .header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .send(
            """
            This is Lanewise, an LLM inference server.

            POST /v1/chat/completions   chat, as in the OpenAI API
            POST /v1/completions        plain text
            GET  /v1/models             the model served here
            GET  /health/ready          200 once the model is loaded
            GET  /metrics               for Prometheus
            """);
  }

  /**
   * Refuses new requests, lets accepted ones finish within the grace period, fails the rest, and
   * stops listening.
   */
  @Override
  public void close() {
    model.stop();
    model
        .loadedEngine()
        .ifPresent(
            engine -> {
              try {
                engine.drain(options.grace());
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
              engine.close();
            });
    web.stop();
    metrics.close();
  }
}
