package dev.lanewise.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.server.http.ConnectionLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients may do to a connection: a server with little patience and few connections. */
final class ConnectionTest {
  private static final Duration PATIENCE = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final int MOST = 4;
  private static final String POST = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n";

  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server =
        RunningServer.start(
            Security.NONE, new ConnectionLimits(MOST, PATIENCE, Duration.ofSeconds(1)));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static RawClient connect() throws IOException {
    return new RawClient(server.server().port());
  }

  private static RawClient.Answer ask(String request) throws IOException {
    return RawClient.ask(server.server().port(), request);
  }

  private static String withLength(String body) {
    return POST + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static String body(int tokens, boolean stream) {
    return "{\"model\":\"test/smollm\",\"prompt\":\"Once upon a time\",\"max_tokens\":%d,\"temperature\":0,\"stream\":%b}"
        .formatted(tokens, stream);
  }

  private static void assertAnswers() throws IOException {
    assertEquals(200, ask(withLength(body(1, false))).status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "POST /v1/comp",
        "POST /v1/completions HTTP/1.1\r\nHost: localh",
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"mo",
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5",
      })
  void aClientThatDoesNotGoOnWithItsRequestIsCutOff(String start) throws Exception {
    try (RawClient client = connect()) {
      client.send(start);
      client.awaitEnd();
    }
    assertAnswers();
  }

  @Test
  void aClientThatSendsByteAfterByteIsCutOff() throws Exception {
    try (RawClient client = connect()) {
      client.send(POST);
      await("the end of the connection")
          .pollInterval(PATIENCE.dividedBy(8))
          .atMost(LONG)
          .until(() -> !takes(client, "X-More: 1\r\n"));
    }
    assertAnswers();
  }

  private static boolean takes(RawClient client, String more) {
    try {
      client.send(more);
      return true;
    } catch (IOException cut) {
      return false;
    }
  }

  @Test
  void aStreamMayTakeLongerThanThePatience() throws Exception {
    long start = System.nanoTime();
    try (RawClient client = connect()) {
      client.send(withLength(body(400, true)));
      String last = "";
      for (String line = client.line(); !line.equals("data: [DONE]"); line = client.line()) {
        last = line.startsWith("data: ") ? line : last;
      }
      assertTrue(last.contains("\"finish_reason\":\"length\""), last);
    }
    long taken = System.nanoTime() - start;
    assertTrue(taken > 2 * PATIENCE.toNanos(), "the stream was no test: " + taken + " ns");
  }

  @Test
  void aClientThatDoesNotTakeItsStreamIsCutOff() throws Exception {
    try (RawClient client = RawClient.withSmallBuffer(server.server().port())) {
      client.send(withLength(body(8000, true)));
      client.line(); // and no more: buffers fill, then a write has to wait
      await("the end of the request")
          .atMost(LONG)
          .until(() -> server.get("/metrics").body().contains("outcome=\"cancelled\""));
    }
    assertAnswers();
  }

  @Test
  void connectionsBeyondTheLimitWaitAndIdleOnesEnd() throws Exception {
    List<RawClient> idle = new ArrayList<>();
    try {
      for (int i = 0; i < MOST; i++) {
        RawClient client = connect();
        client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        idle.add(client);
        assertEquals(200, client.answer().status());
      }
      assertAnswers(); // as soon as the idle ones have been closed
    } finally {
      for (RawClient client : idle) {
        client.close();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'nonsense\r\n\r\n'                                             | 400",
        "'GET / HTTP/1.0\r\n\r\n'                                       | 505",
        "'GET /<x> HTTP/1.1\r\nHost: a\r\n\r\n'                         | 400",
        "'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n'                         | 400",
        "'GET /?a=<b> HTTP/1.1\r\nHost: a\r\n\r\n'                      | 400",
        "'GET / HTTP/1.1\r\n\r\n'                                       | 400",
        "'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'                 | 400",
        "'GET / HTTP/1.1\r\nHost a\r\n\r\n'                             | 400",
        "'GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n'                      | 400",
        "'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n'      | 400",
        "'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'     | 400",
        "'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n' | 400",
        "'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n' | 400",
        "'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n' | 501",
        "'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n' | 413",
      })
  void whatIsNoHttpGetsAnErrorOfTheUsualShape(String request, int status) throws Exception {
    assertRefused(ask(request), status);
  }

  @ParameterizedTest
  @CsvSource({"zz, 400", "-5, 400", "fffffffff, 400", "7fffffff, 413"})
  void aChunkOfNoLengthOrTooMuchIsRefused(String length, int status) throws Exception {
    assertRefused(
        ask(
            "POST /v1/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n"
                .formatted(length)),
        status);
  }

  @Test
  void chunksAreReadAndCounted() throws Exception {
    String chunked =
        "POST /v1/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    String body = body(1, false);
    String first = body.substring(0, 10);
    String second = body.substring(10);
    RawClient.Answer answer =
        ask(
            "%s%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n"
                .formatted(chunked, first.length(), first, second.length(), second));
    assertEquals(200, answer.status(), answer.body());
    String mebibyte = "%x\r\n%s\r\n".formatted(1 << 20, " ".repeat(1 << 20));
    assertRefused(ask(chunked + mebibyte.repeat(5) + "0\r\n\r\n"), 413);
  }

  @ParameterizedTest
  @CsvSource({"1, 5000, 414", "1, 100000, 414", "2, 20000, 400", "3, 1500, 400"})
  void longLinesAndManyHeadersAreRefused(int where, int length, int status) throws Exception {
    String request =
        switch (where) {
          case 1 -> "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n".formatted("x".repeat(length));
          case 2 -> "GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n".formatted("x".repeat(length));
          default ->
              "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n".formatted("X-Header: x\r\n".repeat(length));
        };
    assertRefused(ask(request), status);
  }

  private static void assertRefused(RawClient.Answer answer, int status) throws IOException {
    assertEquals(status, answer.status(), answer.body());
    assertTrue(answer.headers().get("content-type").startsWith("application/json"));
    assertTrue(answer.headers().containsKey("x-request-id"));
    assertEquals("close", answer.headers().get("connection"));
    JsonNode error = RunningServer.json(answer.body()).get("error");
    assertEquals("invalid_request_error", error.get("type").textValue());
    String message = error.get("message").textValue();
    assertFalse(message.contains("Exception") || message.contains("helidon"), message);
    assertAnswers();
  }
}
