package dev.lanewise.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.server.http.ConnectionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids of requests, and what is logged of them. */
final class AccessLogTest {
  private static final Logger LOG = Logger.getLogger("dev.lanewise");
  private static final List<String> LINES = new CopyOnWriteArrayList<>();
  private static final Handler COLLECTOR =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          LINES.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @TempDir private static Path folder;
  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    LOG.addHandler(COLLECTOR);
    Path keys = Files.writeString(folder.resolve("keys"), "topsecret\n");
    server =
        RunningServer.start(
            new Security(Optional.of(keys), Optional.empty(), List.of()),
            ConnectionLimits.DEFAULTS);
  }

  @AfterAll
  static void stop() {
    server.close();
    LOG.removeHandler(COLLECTOR);
  }

  private static RawClient.Answer ask(String request) throws IOException {
    return RawClient.ask(server.server().port(), request);
  }

  private static RawClient.Answer complete(String id, String prompt, String more)
      throws IOException {
    String body =
        "{\"model\":\"test/smollm\",\"prompt\":\"%s\",\"max_tokens\":3,\"temperature\":0%s}"
            .formatted(prompt, more);
    return ask(
        "POST /v1/completions?trace=hidden HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer topsecret\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(id, body.length(), body));
  }

  /** The one line that has this id, which is written after the answer. */
  private static String line(String id) throws Exception {
    await("a line of " + id)
        .atMost(Duration.ofSeconds(60))
        .until(() -> LINES.stream().anyMatch(line -> line.contains(id)));
    List<String> lines = LINES.stream().filter(line -> line.contains(id)).toList();
    assertEquals(1, lines.size(), lines.toString());
    return lines.getFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"stream\":true"})
  void anAnswerHasOneLineWithoutItsText(String more) throws Exception {
    String id = more.isEmpty() ? "whole-1" : "stream-1";
    String answer = complete(id, "Cornflower meadows", more).body();
    String line = line(id);
    String expected =
        "127\\.0\\.0\\.1 POST /v1/completions 200 "
            + id
            + ", \\d+ ms, \\d+ bytes, cmpl-[0-9a-f]{32} length: \\d+ prompt tokens, 0 of them cached \\(.*/s\\), "
            + "3 generated \\(.*/s\\), waited \\d+ ms, first token after \\d+ ms";
    assertTrue(line.matches(expected), line);
    assertFalse(line.contains("Cornflower"), line);
    assertFalse(answer.isEmpty());
    for (String each : LINES) {
      assertFalse(each.contains("topsecret"), each);
      assertFalse(each.contains("hidden"), "nothing of a query: " + each);
    }
  }

  @Test
  void errorsHaveALineToo() throws Exception {
    assertEquals(400, complete("bad-1", "x", ",\"top_k\":-1").status());
    assertTrue(line("bad-1").startsWith("127.0.0.1 POST /v1/completions 400 bad-1, "));
    assertEquals(
        401, ask("GET /v1/models HTTP/1.1\r\nHost: a\r\nX-Request-Id: key-1\r\n\r\n").status());
    assertTrue(line("key-1").startsWith("127.0.0.1 GET /v1/models 401 key-1, "));
    assertEquals(
        400,
        ask("GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\nX-Request-Id: http-1\r\n\r\n")
            .status());
    assertEquals("- GET /v1/models 400 http-1, refused", line("http-1"));
  }

  @Test
  void aRequestWhoseClientLeavesHasALine() throws Exception {
    try (RawClient gone = new RawClient(server.server().port())) {
      gone.send(
          "POST /v1/completions HTTP/1.1\r\nHost: a\r\nX-Api-Key: topsecret\r\nX-Request-Id: gone-1\r\nContent-Length: 9\r\n\r\n{");
    }
    assertTrue(line("gone-1").startsWith("127.0.0.1 POST /v1/completions - gone-1, "));
  }

  @Test
  void whatAClientWritesCannotForgeALine() throws Exception {
    ask("GET /%0aERROR%20x HTTP/1.1\r\nHost: a\r\nX-Request-Id: forged-1\r\n\r\n");
    assertTrue(line("forged-1").startsWith("127.0.0.1 GET /%0aERROR%20x 401 forged-1, "));
    String escape = "GET /\u001b[31m HTTP/1.1\r\nHost: a\r\n\r\n";
    String id = ask(escape).headers().get("x-request-id");
    assertEquals("- GET /?[31m 400 " + id + ", refused", line(id));
  }

  @Test
  void probesHaveNone() throws Exception {
    for (String path : List.of("/health", "/health/live", "/health/ready", "/metrics")) {
      String id = "probe" + path.replace('/', '-');
      RawClient.Answer answer =
          ask("GET %s HTTP/1.1\r\nHost: a\r\nX-Request-Id: %s\r\n\r\n".formatted(path, id));
      assertEquals(id, answer.headers().get("x-request-id"));
    }
    complete("after-probes", "x", "");
    line("after-probes");
    assertTrue(LINES.stream().noneMatch(line -> line.contains("probe-")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "Az09._-", "0123456789012345678901234567890123456789"})
  void aClientMayChooseTheId(String id) throws Exception {
    assertEquals(id, complete(id, "x", "").headers().get("x-request-id"));
    String longest = "i".repeat(128);
    assertEquals(longest, complete(longest, "x", "").headers().get("x-request-id"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\"b", "a=b", "\u00e4"})
  void otherIdsAreReplaced(String id) throws Exception {
    String first = complete(id, "x", "").headers().get("x-request-id");
    String second = complete("i".repeat(129), "x", "").headers().get("x-request-id");
    assertTrue(first.matches("req-[0-9a-f]{32}"), first);
    assertTrue(second.matches("req-[0-9a-f]{32}"), second);
    assertNotEquals(first, second);
  }
}
