package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.server.http.CrossOrigin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Web pages of other origins. No model is needed to see what they may do. */
final class CrossOriginTest {
  private static final String PAGE = "https://chat.example.org";
  private static final String PREFLIGHT =
      "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\n"
          + "Access-Control-Request-Method: POST\r\n"
          + "Access-Control-Request-Headers: authorization, content-type\r\n\r\n";
  private static final String REQUEST =
      "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\n%s\r\n";
  private static final String KEY = "Authorization: Bearer secret\r\n";

  @TempDir private Path folder;

  private LanewiseServer start(String... origins) throws Exception {
    Path keys = Files.writeString(folder.resolve("keys"), "secret\n");
    Security security = new Security(Optional.of(keys), Optional.empty(), List.of(origins));
    return LanewiseServer.start(
        RunningServer.options(
            OptionalInt.empty(), security, ServerOptions.defaults().connections()));
  }

  private static RawClient.Answer ask(LanewiseServer server, String request) throws Exception {
    return RawClient.ask(server.port(), request);
  }

  @Test
  void aPageOfAnAllowedOriginMayAsk() throws Exception {
    try (LanewiseServer server = start("https://other.example.org", PAGE)) {
      RawClient.Answer preflight = ask(server, PREFLIGHT.formatted(PAGE));
      assertEquals(204, preflight.status());
      assertEquals(PAGE, preflight.headers().get("access-control-allow-origin"));
      assertTrue(preflight.headers().get("access-control-allow-methods").contains("POST"));
      assertTrue(preflight.headers().get("access-control-allow-headers").contains("authorization"));
      RawClient.Answer answer = ask(server, REQUEST.formatted(PAGE, KEY));
      assertEquals(200, answer.status());
      assertEquals(PAGE, answer.headers().get("access-control-allow-origin"));
      assertTrue(answer.headers().get("access-control-expose-headers").contains("x-request-id"));
      assertFalse(answer.headers().containsKey("access-control-allow-credentials"));
      RawClient.Answer refused = ask(server, REQUEST.formatted(PAGE, ""));
      assertEquals(401, refused.status());
      assertEquals(PAGE, refused.headers().get("access-control-allow-origin"), "a page sees why");
    }
  }

  @Test
  void aPageOfAnotherOriginMayNot() throws Exception {
    try (LanewiseServer server = start(PAGE)) {
      for (String other :
          List.of("https://evil.org", "http://chat.example.org", PAGE + ".evil.org", "null")) {
        for (String request : List.of(PREFLIGHT.formatted(other), REQUEST.formatted(other, KEY))) {
          RawClient.Answer answer = ask(server, request);
          assertEquals(403, answer.status(), other);
          assertFalse(answer.headers().containsKey("access-control-allow-origin"), other);
        }
      }
    }
  }

  @Test
  void aStarAllowsAllOrigins() throws Exception {
    try (LanewiseServer server = start("*")) {
      assertEquals(
          "*", ask(server, PREFLIGHT.formatted(PAGE)).headers().get("access-control-allow-origin"));
      assertEquals(200, ask(server, REQUEST.formatted(PAGE, KEY)).status());
    }
  }

  @Test
  void noPageMayAskByDefault() throws Exception {
    try (LanewiseServer server = start()) {
      RawClient.Answer preflight = ask(server, PREFLIGHT.formatted(PAGE));
      assertEquals(405, preflight.status());
      RawClient.Answer answer = ask(server, REQUEST.formatted(PAGE, KEY));
      assertEquals(200, answer.status());
      for (RawClient.Answer each : List.of(preflight, answer)) {
        assertTrue(
            each.headers().keySet().stream().noneMatch(name -> name.startsWith("access-control")));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.org",
        "https://a.org/",
        "https://*.a.org",
        "https://a.org/page",
        "ftp://a.org",
        "https://a.org:port",
        "https://",
        ".*",
        "https://a.org https://b.org"
      })
  void whatIsNoOriginIsNamed(String origin) {
    Exception refused =
        assertThrows(
            IllegalArgumentException.class, () -> CrossOrigin.allow(List.of(PAGE, origin)));
    assertTrue(refused.getMessage().startsWith("'" + origin + "' is no origin"));
  }
}
