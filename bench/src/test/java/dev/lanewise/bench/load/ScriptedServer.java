package dev.lanewise.bench.load;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server that misbehaves as a test wants it to, and a client of it. */
final class ScriptedServer implements AutoCloseable {
  static final String TEXT = "data: {\"choices\":[{\"text\":\"word\"}]}\n\n";
  static final String END = "data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n";
  static final String USAGE =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":4}}\n\n";
  static final String DONE = "data: [DONE]\n\n";

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(threads).build();

  ScriptedServer(HttpHandler completions) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/completions", completions);
    server.setExecutor(threads);
    server.start();
  }

  HttpClient http() {
    return http;
  }

  Target target(boolean stream) {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new Target(url, Optional.empty(), false, stream, 1, Map.of());
  }

  /** Sends one request. */
  Outcome send(boolean stream, boolean retry, Optional<Departure> departure)
      throws InterruptedException {
    return new LoadClient(http, target(stream), "m", retry)
        .send(
            new PlannedRequest("a word", 2, 8, departure),
            "main",
            System.nanoTime() + 10_000_000_000L);
  }

  /** Answers with a whole body. */
  static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** Begins a stream. */
  static OutputStream stream(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(200, 0);
    return exchange.getResponseBody();
  }

  /** Sends events, at once. */
  static void events(OutputStream stream, String... events) throws IOException {
    stream.write(String.join("", events).getBytes(StandardCharsets.UTF_8));
    stream.flush();
  }

  @Override
  public void close() {
    http.shutdownNow();
    server.stop(0);
    threads.shutdownNow();
  }
}
