package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Starting and stopping. */
final class LifeCycleTest {
  @Test
  void isAliveAtOnceAndReadyWithTheModel() throws Exception {
    LanewiseServer server = LanewiseServer.start(ServerOptions.defaults().withPort(0));
    try (HttpClient client = HttpClient.newHttpClient()) {
      assertEquals(200, get(client, server, "/health/live").statusCode());
      assertEquals(503, get(client, server, "/health/ready").statusCode());
      HttpResponse<String> early = post(client, server, "{}");
      assertEquals(503, early.statusCode());
      assertTrue(early.body().contains("loading"), early.body());
      Engine engine =
          Engine.load(RunningServer.FILE, EngineOptions.defaults(), LoadProgress.SILENT);
      server.serve(engine, Duration.ofSeconds(1));
      assertEquals(200, get(client, server, "/health/ready").statusCode());
      assertEquals("SmolLM2-135M-Instruct.Q4_1", server.modelName());
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/health/live"))
              .build();
      server.close();
      assertThrows(
          ConnectException.class,
          () -> client.send(request, HttpResponse.BodyHandlers.discarding()));
    }
  }

  /**
   * With grace the stream runs to its end; without, it ends with an error event. Both end with
   * [DONE].
   */
  @ParameterizedTest
  @CsvSource({"30, finish_reason\":\"", "0, shutting down"})
  void aStopLetsAStreamEndProperly(int graceSeconds, String last) throws Exception {
    String body =
        "{\"model\":\"test/smollm\",\"prompt\":\"One two three\",\"max_tokens\":300,\"stream\":true,\"temperature\":0}";
    try (RunningServer running = RunningServer.start(Duration.ofSeconds(graceSeconds))) {
      HttpResponse<InputStream> response =
          running
              .client()
              .send(
                  running.request("/v1/completions", body),
                  HttpResponse.BodyHandlers.ofInputStream());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        assertTrue(lines.readLine().startsWith("data: {"));
        Thread stop = Thread.ofPlatform().start(running.server()::close);
        List<String> events = lines.lines().filter(line -> !line.isEmpty()).toList();
        stop.join();
        assertEquals("data: [DONE]", events.getLast());
        assertTrue(events.get(events.size() - 2).contains(last), events.get(events.size() - 2));
      }
    }
  }

  private static HttpResponse<String> get(HttpClient client, LanewiseServer server, String path)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(HttpClient client, LanewiseServer server, String body)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + "/v1/chat/completions");
    return client.send(
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
