package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}} for a name that has to be encoded. */
final class ModelsTest {
  private static final String NAME = "org/m\u00f6del b+c%";
  private static final Path FILE =
      Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static LanewiseServer server;

  @BeforeAll
  static void start() throws Exception {
    ServerOptions defaults = ServerOptions.defaults();
    server =
        LanewiseServer.start(
            new ServerOptions(
                "127.0.0.1",
                0,
                defaults.metricsPort(),
                Optional.of(NAME),
                Duration.ZERO,
                defaults.maxBodyBytes(),
                defaults.timeout(),
                defaults.heartbeat(),
                defaults.accessLog(),
                defaults.security(),
                defaults.connections()));
    assertEquals("[]", RunningServer.json(get("/v1/models")).get("data").toString());
    assertEquals(503, get("/v1/models/any").statusCode());
    Engine engine = Engine.load(FILE, EngineOptions.defaults(), LoadProgress.SILENT);
    server.serve(engine, Duration.ZERO);
  }

  @AfterAll
  static void stop() {
    server.close();
    CLIENT.close();
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    return CLIENT.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** The shape of the OpenAI API, and the length that vLLM tells. */
  @Test
  void theListHasTheOneModel() throws Exception {
    JsonNode list = RunningServer.json(get("/v1/models"));
    assertEquals("list", list.get("object").textValue());
    assertEquals(1, list.get("data").size());
    JsonNode model = list.get("data").get(0);
    assertEquals(
        List.of("id", "object", "created", "owned_by", "max_model_len"),
        model.properties().stream().map(Map.Entry::getKey).toList());
    assertEquals(NAME, model.get("id").textValue());
    assertEquals("model", model.get("object").textValue());
    assertEquals("lanewise", model.get("owned_by").textValue());
    long created = model.get("created").longValue();
    assertTrue(created > 1_700_000_000L && created < 100_000_000_000L, "seconds since 1970");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org/m%C3%B6del%20b+c%25",
        "org%2Fm%c3%b6del%20b%2Bc%25",
        "%6Frg/m%C3%B6del%20b+c%25"
      })
  void aModelIsFoundHoweverItsNameIsEncoded(String id) throws Exception {
    HttpResponse<String> response = get("/v1/models/" + id);
    assertEquals(200, response.statusCode(), response.body());
    assertEquals(
        RunningServer.json(get("/v1/models")).get("data").get(0), RunningServer.json(response));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org",
        "org/m%C3%B6del%20b+c",
        "org%252Fm%C3%B6del%20b+c%25",
        "models/org",
        "%3Cb%3E"
      })
  void anotherNameIsNotFound(String id) throws Exception {
    HttpResponse<String> response = get("/v1/models/" + id);
    assertEquals(404, response.statusCode(), response.body());
    assertEquals("model_not_found", RunningServer.json(response).at("/error/code").textValue());
  }
}
