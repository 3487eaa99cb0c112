package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.Batching;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many clients of one server, which computes two requests at a time and lets two wait. */
final class SharingTest {
  private static final String COMPLETIONS = "/v1/completions";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server =
        RunningServer.start(
            LONG, Duration.ofMillis(100), new Batching(2, 2, OptionalLong.empty(), 0.5));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String body(String prompt, int tokens, String more) {
    return "{\"model\":\"test/smollm\",\"prompt\":\"%s\",\"max_tokens\":%d,\"temperature\":0%s}"
        .formatted(prompt, tokens, more);
  }

  private static CompletableFuture<HttpResponse<String>> ask(String body) {
    return server
        .client()
        .sendAsync(server.request(COMPLETIONS, body), HttpResponse.BodyHandlers.ofString());
  }

  private static void awaitIdle() {
    server.awaitLoad(load -> load.running() == 0 && load.waiting() == 0 && load.usedBlocks() == 0);
  }

  /** A client that can leave at any moment: it has sent a request and reads nothing. */
  private static Socket client(String body) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server().port());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    OutputStream out = socket.getOutputStream();
    out.write(
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            .formatted(COMPLETIONS, bytes.length)
            .getBytes(StandardCharsets.US_ASCII));
    out.write(bytes);
    out.flush();
    return socket;
  }

  private static String words(int count) {
    return "word ".repeat(count);
  }

  @Test
  void moreThanFitAreToldToComeBack() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> accepted = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      accepted.add(ask(body("Number " + i, 300, "")));
    }
    server.awaitLoad(load -> load.running() == 2 && load.waiting() == 2);
    HttpResponse<String> refused = ask(body("One more", 3, "")).get();
    assertEquals(429, refused.statusCode());
    assertTrue(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()) >= 1);
    JsonNode error = RunningServer.json(refused).get("error");
    assertEquals("rate_limit_error", error.get("type").textValue());
    assertEquals("queue_full", error.get("code").textValue());
    // A server without room answers all the same whether it is well.
    assertEquals(200, server.get("/health/ready").statusCode());
    String metrics = server.get("/metrics").body();
    assertTrue(
        metrics.contains("lanewise_requests_waiting{model=\"test/smollm\"} 2.0"), "two wait");
    for (CompletableFuture<HttpResponse<String>> answer : accepted) {
      assertEquals(200, answer.get().statusCode());
    }
    awaitIdle();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"stream\":true"})
  void aClientThatLeavesInTheQueueFreesItsPlace(String stream) throws Exception {
    CompletableFuture<HttpResponse<String>> first = ask(body("First", 400, ""));
    CompletableFuture<HttpResponse<String>> second = ask(body("Second", 400, ""));
    server.awaitLoad(load -> load.running() == 2);
    Socket gone = client(body("Third", 400, stream));
    server.awaitLoad(load -> load.waiting() == 1);
    gone.close();
    server.awaitLoad(load -> load.waiting() == 0);
    assertFalse(first.isDone() && second.isDone(), "the others are still at it");
    assertEquals(200, first.get().statusCode());
    assertEquals(200, second.get().statusCode());
    awaitIdle();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"stream\":true"})
  void aClientThatLeavesInItsPromptFreesItsBlocks(String stream) throws Exception {
    Socket gone = client(body(words(6000), 4, stream));
    server.awaitLoad(load -> load.usedBlocks() > 0);
    gone.close();
    long left = System.nanoTime();
    awaitIdle();
    double seconds = (System.nanoTime() - left) / 1e9;
    assertTrue(seconds < 3, seconds + " s: the rest of the prompt takes longer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"stream\":true"})
  void aClientThatLeavesInItsAnswerChangesNothingForItsNeighbour(String stream) throws Exception {
    String neighbour = body("The first ten numbers are", 120, "");
    String alone = RunningServer.json(ask(neighbour).get()).at("/choices/0/text").textValue();
    CompletableFuture<HttpResponse<String>> answer = ask(neighbour);
    Socket gone = client(body("Once upon a time", 2000, stream));
    server.awaitLoad(load -> load.running() == 2);
    gone.close();
    assertEquals(alone, RunningServer.json(answer.get()).at("/choices/0/text").textValue());
    awaitIdle();
  }

  @Test
  void aStreamThatWaitsIsKeptAlive() throws Exception {
    CompletableFuture<HttpResponse<String>> first = ask(body("First", 400, ""));
    CompletableFuture<HttpResponse<String>> second = ask(body("Second", 400, ""));
    server.awaitLoad(load -> load.running() == 2);
    HttpResponse<InputStream> response =
        server
            .client()
            .send(
                server.request(COMPLETIONS, body("Third", 3, ",\"stream\":true")),
                HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      List<String> all = lines.lines().filter(line -> !line.isEmpty()).toList();
      assertTrue(all.getFirst().startsWith(":"), all.getFirst());
      assertTrue(all.stream().anyMatch(line -> line.startsWith("data: {")));
      assertEquals("data: [DONE]", all.getLast());
    }
    first.get();
    second.get();
    awaitIdle();
  }

  @Test
  void aRequestMayHaveATimeout() throws Exception {
    HttpResponse<String> late = ask(body("Slow", 4000, ",\"timeout\":0.05")).get();
    assertEquals(504, late.statusCode());
    assertEquals("timeout", RunningServer.json(late).at("/error/code").textValue());
    String stream = ask(body("Slow", 4000, ",\"timeout\":0.6,\"stream\":true")).get().body();
    assertTrue(stream.contains("\"code\":\"timeout\""), stream);
    assertTrue(stream.endsWith("data: [DONE]\n\n"));
    awaitIdle();
  }

  @Test
  void usageTellsWhatWasFoundInTheCache() throws Exception {
    String prompt = "The quick brown fox " + words(200);
    assertEquals(0, cached(prompt, "Bearer one"));
    assertTrue(cached(prompt + "jumps", "Bearer one") >= 192);
    assertEquals(0, cached(prompt, "Bearer two"), "another key");
  }

  private static int cached(String prompt, String authorization) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url(COMPLETIONS)))
            .header("Authorization", authorization)
            .POST(HttpRequest.BodyPublishers.ofString(body(prompt, 1, "")))
            .build();
    HttpResponse<String> response =
        server.client().send(request, HttpResponse.BodyHandlers.ofString());
    return RunningServer.json(response).at("/usage/prompt_tokens_details/cached_tokens").intValue();
  }
}
