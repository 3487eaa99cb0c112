package dev.lanewise.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client makes of servers that do well and badly. */
@Timeout(60)
final class LoadClientTest {
  @Test
  void aStreamIsOkWithItsTimesAndUsage() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              try (OutputStream out = ScriptedServer.stream(exchange)) {
                ScriptedServer.events(out, ": wait\n\n", ScriptedServer.TEXT, ScriptedServer.TEXT);
                ScriptedServer.events(out, ScriptedServer.END, ScriptedServer.USAGE);
                ScriptedServer.events(out, ScriptedServer.DONE);
              }
            })) {
      Outcome outcome = server.send(true, false, Optional.empty());
      assertEquals(Outcome.Kind.OK, outcome.kind());
      assertEquals(Optional.of("stop"), outcome.finishReason());
      assertEquals(2, outcome.textTimes().length);
      assertEquals(4, outcome.outputTokens());
      assertEquals(11, outcome.promptTokens());
      assertTrue(outcome.started() < outcome.textTimes()[0]);
      assertTrue(outcome.textTimes()[1] < outcome.ended());
    }
  }

  @Test
  void connectionsAreUsedAgain() throws Exception {
    Set<Integer> clientPorts = new HashSet<>();
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              clientPorts.add(exchange.getRemoteAddress().getPort());
              try (OutputStream out = ScriptedServer.stream(exchange)) {
                ScriptedServer.events(out, ScriptedServer.TEXT, ScriptedServer.DONE);
              }
            })) {
      for (int i = 0; i < 5; i++) {
        assertEquals(Outcome.Kind.OK, server.send(true, false, Optional.empty()).kind());
      }
      assertEquals(1, clientPorts.size());
    }
  }

  @Test
  void anErrorInTheStreamAndAStreamThatBreaksAreErrors() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              try (OutputStream out = ScriptedServer.stream(exchange)) {
                ScriptedServer.events(out, ScriptedServer.TEXT);
                ScriptedServer.events(out, "data: {\"error\":{\"message\":\"full\"}}\n\n");
                ScriptedServer.events(out, ScriptedServer.DONE);
              }
            })) {
      Outcome outcome = server.send(true, false, Optional.empty());
      assertEquals(Outcome.Kind.ERROR, outcome.kind());
      assertEquals(Optional.of("in the stream: full"), outcome.error());
      assertEquals(1, outcome.outputTokens());
    }
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              ScriptedServer.events(ScriptedServer.stream(exchange), ScriptedServer.TEXT);
              throw new IOException("gone");
            })) {
      Outcome outcome = server.send(true, false, Optional.empty());
      assertEquals(Outcome.Kind.ERROR, outcome.kind());
      assertEquals(200, outcome.status());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | {\"error\":{\"message\":\"no\"}} | ERROR    | status 400: no",
        "503 | down                             | ERROR    | status 503: down",
        "429 | {\"error\":{\"message\":\"no\"}} | REJECTED | ",
        "200 | {\"error\":{\"message\":\"no\"}} | ERROR    | in the answer: no",
      })
  void statusesAreCounted(int status, String body, Outcome.Kind kind, String error)
      throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(exchange -> ScriptedServer.answer(exchange, status, body))) {
      Outcome outcome = server.send(false, false, Optional.empty());
      assertEquals(kind, outcome.kind());
      assertEquals(status, outcome.status());
      assertEquals(Optional.ofNullable(error), outcome.error());
    }
  }

  @Test
  void aRejectedRequestIsSentAgainWhenTheServerSaysSo() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              if (requests.incrementAndGet() < 3) {
                exchange.getResponseHeaders().set("Retry-After", "0");
                ScriptedServer.answer(exchange, 429, "{}");
              } else {
                ScriptedServer.answer(exchange, 200, "{\"choices\":[{\"text\":\"a\"}]}");
              }
            })) {
      Outcome outcome = server.send(false, true, Optional.empty());
      assertEquals(Outcome.Kind.OK, outcome.kind());
      assertEquals(2, outcome.retries());
      assertEquals(200, outcome.status());
      assertTrue(outcome.ended() - outcome.started() > 200_000_000L);
    }
  }

  @Test
  void aServerThatIsNotThereIsAnError() throws Exception {
    ScriptedServer server = new ScriptedServer(exchange -> exchange.close());
    Target target = server.target(true);
    server.close();
    try (HttpClient http = HttpClient.newHttpClient()) {
      Outcome outcome =
          new LoadClient(http, target, "m", false)
              .send(new PlannedRequest("a", 1, 1, Optional.empty()), "main", System.nanoTime());
      assertEquals(Outcome.Kind.ERROR, outcome.kind());
      assertEquals(0, outcome.status());
      assertEquals(Optional.of("cannot connect"), outcome.error());
    }
  }

  @Test
  void aClientThatLeavesInMidStreamClosesTheConnection() throws Exception {
    CountDownLatch noticed = new CountDownLatch(1);
    try (ScriptedServer server =
        new ScriptedServer(
            exchange -> {
              OutputStream out = ScriptedServer.stream(exchange);
              try {
                while (true) {
                  ScriptedServer.events(out, ScriptedServer.TEXT);
                }
              } catch (IOException gone) {
                noticed.countDown();
              }
            })) {
      Outcome outcome = server.send(true, false, Optional.of(new Departure.MidStream(3)));
      assertEquals(Outcome.Kind.DISCONNECTED, outcome.kind());
      assertEquals(3, outcome.textTimes().length);
      assertTrue(noticed.await(20, TimeUnit.SECONDS));
    }
  }

  /** Before any response, and while headers came but no text. */
  @ParameterizedTest
  @CsvSource({"'', 0", "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 200"})
  void aClientThatLeavesBeforeTheFirstTokenClosesTheConnection(String response, int status)
      throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        HttpClient http = HttpClient.newHttpClient()) {
      FutureTask<Boolean> closedByClient =
          new FutureTask<>(() -> isClosedAfter(response, listener.accept()));
      Thread.startVirtualThread(closedByClient);
      Target target =
          new Target(
              URI.create("http://127.0.0.1:" + listener.getLocalPort()),
              Optional.empty(),
              false,
              true,
              1,
              Map.of());
      Departure early = new Departure.BeforeFirstToken(Duration.ofMillis(300));
      Outcome outcome =
          new LoadClient(http, target, "m", false)
              .send(
                  new PlannedRequest("a word", 2, 8, Optional.of(early)),
                  "main",
                  System.nanoTime());
      assertEquals(Outcome.Kind.DISCONNECTED, outcome.kind());
      assertEquals(status, outcome.status());
      assertTrue(closedByClient.get(20, TimeUnit.SECONDS));
    }
  }

  /** Reads a request's head, sends a response's head, and waits for the end of the connection. */
  private static boolean isClosedAfter(String response, Socket accepted) throws IOException {
    try (Socket socket = accepted) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      while (!in.readLine().isEmpty()) {}
      socket.getOutputStream().write(response.getBytes(StandardCharsets.UTF_8));
      while (in.read() != -1) {}
      return true;
    } catch (SocketException reset) {
      return true;
    }
  }
}
