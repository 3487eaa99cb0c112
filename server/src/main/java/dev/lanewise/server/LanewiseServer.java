package dev.lanewise.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.lanewise.engine.Engine;
import dev.lanewise.server.http.SlowClients;
import dev.lanewise.server.metrics.ServerMetrics;
import dev.lanewise.server.openai.EmbeddingsEndpoint;
import dev.lanewise.server.openai.GenerationEndpoint;
import dev.lanewise.server.openai.GenerationEndpoint.Kind;
import dev.lanewise.server.openai.JsonBody;
import dev.lanewise.server.openai.ModelsEndpoint;
import dev.lanewise.server.openai.TextEndpoints;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * The HTTP server. It answers health checks from the start, and requests from {@link #serve} on.
 * {@link #close} lets running requests finish within the grace period.
 */
public final class LanewiseServer implements AutoCloseable {
  private final ServerOptions options;
  private final ServedModel model = new ServedModel();
  private final ServerMetrics metrics = new ServerMetrics();
  private final List<Route> routes;
  private final WebServer web;

  private LanewiseServer(ServerOptions options) throws IOException {
    this.options = options;
    routes = answered();
    web = new Ports(options).open(new Routes(routes), new Routes(observed()));
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
    String name = options.alias().orElseGet(() -> ServedModel.nameOf(engine));
    engine.listen(metrics.modelLoaded(name, loadTime, engine::load));
    model.ready(engine, name);
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

  /** All that is answered; openapi.yaml describes each. */
  List<Route> routes() {
    return routes;
  }

  /** The name under which the model is served. */
  public String modelName() {
    return model.name();
  }

  private List<Route> answered() {
    ModelsEndpoint models = new ModelsEndpoint(model);
    TextEndpoints text = new TextEndpoints(model, options.maxBodyBytes());
    GenerationEndpoint.Context context = new GenerationEndpoint.Context(model, metrics, options);
    List<Route> all = new ArrayList<>(options.metricsPort().isPresent() ? health() : observed());
    Collections.addAll(
        all,
        Route.post(Kind.CHAT.path(), new GenerationEndpoint(Kind.CHAT, context)),
        Route.post(Kind.COMPLETION.path(), new GenerationEndpoint(Kind.COMPLETION, context)),
        Route.post(Kind.RESPONSE.path(), new GenerationEndpoint(Kind.RESPONSE, context)),
        Route.post(EmbeddingsEndpoint.PATH, new EmbeddingsEndpoint(context)),
        Route.get("/v1/models", models::list),
        Route.get("/v1/models/{+id}", models::get),
        Route.post("/tokenize", text::tokenize),
        Route.post("/detokenize", text::detokenize),
        Route.post("/apply-template", text::applyTemplate),
        Route.get("/openapi", new OpenApiDocument()),
        Route.get("/", this::hint));
    return List.copyOf(all);
  }

  /** What is answered on a port for metrics. */
  private List<Route> observed() {
    List<Route> observed = new ArrayList<>(health());
    observed.add(Route.get("/metrics", this::metrics));
    return observed;
  }

  private List<Route> health() {
    return List.of(
        Route.get("/health", this::ready),
        Route.get("/health/live", (request, response) -> status(response, 200, "ok")),
        Route.get("/health/ready", this::ready));
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
            POST /v1/responses          the newer form of chats
            POST /v1/embeddings         vectors of texts
            POST /tokenize              tokens of a text; /detokenize turns them back
            POST /apply-template        the prompt of a conversation
            GET  /v1/models             the model served here
            GET  /health/ready          200 once the model is loaded
            GET  /metrics               for Prometheus
            GET  /openapi               all of this, for programs
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
