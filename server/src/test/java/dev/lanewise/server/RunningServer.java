package dev.lanewise.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.Batching;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineLoad;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.model.chat.ChatTemplate;
import dev.lanewise.server.http.ConnectionLimits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/** A server with the default model on a free port, and a client for it. */
final class RunningServer implements AutoCloseable {
  static final String MODEL = "test/smollm";
  static final Path FILE =
      Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LanewiseServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Engine engine;

  private RunningServer(LanewiseServer server, Engine engine) {
    this.server = server;
    this.engine = engine;
  }

  static RunningServer start() throws IOException {
    return start(ServerOptions.defaults().grace());
  }

  static RunningServer start(Duration grace) throws IOException {
    return start(grace, ServerOptions.defaults().heartbeat(), Batching.DEFAULTS);
  }

  static RunningServer start(Duration grace, Duration heartbeat, Batching batching)
      throws IOException {
    return start(
        options(OptionalInt.empty(), grace, heartbeat, Security.NONE, ConnectionLimits.DEFAULTS),
        batching);
  }

  static RunningServer start(Security security, ConnectionLimits limits) throws IOException {
    return start(options(OptionalInt.empty(), security, limits), Batching.DEFAULTS);
  }

  /** A server whose model has another chat template. */
  static RunningServer start(ChatTemplate template) throws IOException {
    return start(
        options(OptionalInt.empty(), Security.NONE, ConnectionLimits.DEFAULTS),
        EngineOptions.defaults().withChatTemplate(Optional.of(template)));
  }

  /** A server that leaves something out of answers. */
  static RunningServer start(SparsityChoice sparsity) throws IOException {
    return start(
        options(OptionalInt.empty(), Security.NONE, ConnectionLimits.DEFAULTS),
        EngineOptions.defaults().withSparsity(sparsity));
  }

  static RunningServer start(ServerOptions options, Batching batching) throws IOException {
    return start(options, EngineOptions.defaults().withBatching(batching));
  }

  /** A server of another model, by the path of its file or folder. */
  static RunningServer start(Path model) throws IOException {
    return start(
        options(OptionalInt.empty(), Security.NONE, ConnectionLimits.DEFAULTS),
        EngineOptions.defaults(),
        model);
  }

  private static RunningServer start(ServerOptions options, EngineOptions engineOptions)
      throws IOException {
    return start(options, engineOptions, FILE);
  }

  private static RunningServer start(ServerOptions options, EngineOptions engineOptions, Path model)
      throws IOException {
    LanewiseServer server = LanewiseServer.start(options);
    Engine engine = Engine.load(model, engineOptions, LoadProgress.SILENT);
    server.serve(engine, Duration.ZERO);
    return new RunningServer(server, engine);
  }

  static ServerOptions options(
      OptionalInt metricsPort, Security security, ConnectionLimits connections) {
    ServerOptions defaults = ServerOptions.defaults();
    return options(metricsPort, defaults.grace(), defaults.heartbeat(), security, connections);
  }

  private static ServerOptions options(
      OptionalInt metricsPort,
      Duration grace,
      Duration heartbeat,
      Security security,
      ConnectionLimits connections) {
    return new ServerOptions(
        "127.0.0.1",
        0,
        metricsPort,
        Optional.of(MODEL),
        grace,
        4 << 20,
        Optional.empty(),
        heartbeat,
        true,
        security,
        connections);
  }

  Engine engine() {
    return engine;
  }

  /** Waits until the engine's load is such, for up to a minute. */
  void awaitLoad(Predicate<EngineLoad> state) {
    await("the load")
        .pollInterval(Duration.ofMillis(2))
        .atMost(Duration.ofMinutes(1))
        .until(engine::load, state);
  }

  LanewiseServer server() {
    return server;
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.port() + path;
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url(path))).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpRequest request(String path, String body) {
    return HttpRequest.newBuilder(URI.create(url(path)))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return client.send(request(path, body), HttpResponse.BodyHandlers.ofString());
  }

  HttpClient client() {
    return client;
  }

  static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  static JsonNode json(String text) throws IOException {
    return JSON.readTree(text);
  }

  /** The chunks of a stream that came to its end. */
  static List<JsonNode> chunks(HttpResponse<String> response) throws IOException {
    assertEquals(200, response.statusCode(), response.body());
    assertTrue(response.body().endsWith("data: [DONE]\n\n"), response.body());
    List<JsonNode> chunks = new ArrayList<>();
    for (String line :
        response.body().lines().filter(line -> line.startsWith("data: {")).toList()) {
      chunks.add(json(line.substring("data: ".length())));
    }
    return chunks;
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
