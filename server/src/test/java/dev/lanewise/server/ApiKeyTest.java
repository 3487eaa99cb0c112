package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.UnauthorizedException;
import dev.lanewise.server.http.ApiKeys;
import dev.lanewise.server.http.ConnectionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that asks for keys. */
final class ApiKeyTest {
  private static final String COMPLETIONS = "/v1/completions";

  @TempDir private static Path folder;
  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    Path file = folder.resolve("keys");
    Files.writeString(file, "# two clients\nkey-one\n\n  key-two  \n");
    server =
        RunningServer.start(
            new Security(Optional.of(file), Optional.empty(), List.of()),
            ConnectionLimits.DEFAULTS);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static RawClient.Answer ask(String method, String path, String header)
      throws IOException {
    return RawClient.ask(
        server.server().port(),
        "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
            .formatted(method, path, header.isEmpty() ? "" : header + "\r\n"));
  }

  private static RawClient.Answer complete(String header, String prompt) throws IOException {
    String body =
        "{\"model\":\"test/smollm\",\"prompt\":\"%s\",\"max_tokens\":1}".formatted(prompt);
    return RawClient.ask(
        server.server().port(),
        "POST %s HTTP/1.1\r\nHost: localhost\r\n%s\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(COMPLETIONS, header, body.length(), body));
  }

  @Test
  void thePathsWithoutAKeyAreThese() throws Exception {
    assertEquals(Set.of("/", "/health", "/health/live", "/health/ready", "/metrics"), Ports.OPEN);
    for (String path : Ports.OPEN) {
      assertEquals(200, ask("GET", path, "").status(), path);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models",
        "/v1/models/test/smollm",
        "/v1/chat/completions",
        "/v1/tokenize",
        "/tokenize",
        "/nowhere",
        "/health/more",
        "/health/../v1/models",
        "//v1/models",
        "/%761/models",
        "/health/%2e%2e/v1/models",
        "/v1/models;/health",
      })
  void allOtherPathsNeedOne(String path) throws Exception {
    for (String method : List.of("GET", "POST", "PUT", "DELETE", "HEAD")) {
      assertEquals(401, ask(method, path, "").status(), method + " " + path);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Authorization: Bearer",
        "Authorization: Bearer wrong",
        "Authorization: Bearer key-on",
        "Authorization: Bearer key-one2",
        "Authorization: Bearer KEY-ONE",
        "Authorization: Bearer key-one key-two",
        "Authorization: Bearer # two clients",
        "Authorization: Basic key-one",
        "Authorization: key-one",
        "Authorization: Bearer wrong\r\nX-Api-Key: key-one",
        "X-Api-Key: wrong",
        "X-Api-Key: ",
      })
  void aMissingOrWrongKeyIsToldSo(String header) throws Exception {
    RawClient.Answer answer = ask("GET", "/v1/models", header);
    assertEquals(401, answer.status());
    assertEquals("Bearer", answer.headers().get("www-authenticate"));
    JsonNode error = RunningServer.json(answer.body()).get("error");
    assertEquals("invalid_request_error", error.get("type").textValue());
    assertEquals("invalid_api_key", error.get("code").textValue());
    assertTrue(error.get("param").isNull());
    assertFalse(answer.body().contains("key-one"), answer.body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: Bearer key-one",
        "Authorization: bearer key-two",
        "X-Api-Key: key-two",
        "x-api-key: key-one",
        "Authorization: Basic abc\r\nX-Api-Key: key-one",
      })
  void aRightKeyIsTakenFromEitherHeader(String header) throws Exception {
    assertEquals(200, ask("GET", "/v1/models", header).status());
    assertEquals(200, complete(header, "Hello").status());
    assertEquals(404, ask("GET", "/nowhere", header).status());
  }

  @Test
  void aRequestWithoutAKeyIsRefusedBeforeItsBodyComes() throws Exception {
    RawClient.Answer answer =
        ask("POST", COMPLETIONS, "Content-Length: 1000\r\nExpect: 100-continue");
    assertEquals(401, answer.status());
    assertEquals("close", answer.headers().get("connection"));
  }

  @Test
  void theBodyOfARefusedRequestIsNoRequest() throws Exception {
    String inside = "GET /v1/models HTTP/1.1\r\nHost: a\r\nX-Api-Key: key-one\r\n\r\n";
    try (RawClient client = new RawClient(server.server().port())) {
      client.send(
          "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(inside.length(), inside));
      assertEquals(405, client.answer().status());
      assertThrows(IOException.class, client::line, "the connection has ended");
    }
  }

  @Test
  void onlyRequestsWithTheSameKeyShareWhatIsCached() throws Exception {
    String prompt = "The quick brown fox " + "word ".repeat(200);
    assertEquals(0, cached("Authorization: Bearer key-one", prompt));
    assertTrue(cached("X-Api-Key: key-one", prompt + "jumps") >= 192, "the key counts alone");
    assertEquals(0, cached("X-Api-Key: key-two", prompt), "another key");
    assertTrue(cached("Authorization: bearer key-two", prompt + "jumps") >= 192);
  }

  private static int cached(String header, String prompt) throws IOException {
    return RunningServer.json(complete(header, prompt).body())
        .at("/usage/prompt_tokens_details/cached_tokens")
        .intValue();
  }

  @Test
  void theSdkUnderstandsTheRefusal() {
    try (Closing<OpenAIClient> wrong = sdk("wrong");
        Closing<OpenAIClient> right = sdk("key-two")) {
      UnauthorizedException refused =
          assertThrows(UnauthorizedException.class, () -> wrong.it().models().list());
      assertEquals("invalid_api_key", refused.code().orElseThrow());
      assertEquals(1, right.it().models().list().data().size());
    }
  }

  private static Closing<OpenAIClient> sdk(String key) {
    return new Closing<>(
        OpenAIOkHttpClient.builder().baseUrl(server.url("/v1")).apiKey(key).maxRetries(0).build());
  }

  /** The SDK's client has a method to close it, and is not closeable. */
  private record Closing<T extends OpenAIClient>(T it) implements AutoCloseable {
    @Override
    public void close() {
      it.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                | no API key in it",
        "'# only this\n\n' | no API key in it",
        "'one\nt w o'      | line 2 is no API key",
        "'schlüssel'       | line 1 is no API key",
      })
  void aFileWithoutKeysIsRefused(String content, String reason) throws IOException {
    Path file = Files.writeString(folder.resolve("bad"), content);
    Exception refused = assertThrows(IllegalArgumentException.class, () -> ApiKeys.read(file));
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
    assertFalse(refused.getMessage().contains("t w o"), "keys are not told");
  }

  @Test
  void aFileThatCannotBeReadIsNamed() {
    Path missing = folder.resolve("missing");
    assertThrows(NoSuchFileException.class, () -> ApiKeys.read(missing));
    IOException unreadable = assertThrows(IOException.class, () -> ApiKeys.read(folder));
    assertTrue(unreadable.getMessage().contains(folder.toString()), unreadable.getMessage());
  }
}
