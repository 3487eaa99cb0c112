package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.server.LanewiseServer;
import dev.lanewise.server.ServerOptions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code lanewise load} on a real server. */
final class LoadCommandTest {
  private static final Path TINY =
      Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");

  private static LanewiseServer server;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws IOException {
    server = LanewiseServer.start(ServerOptions.defaults().withPort(0));
    server.serve(Engine.load(TINY, EngineOptions.defaults(), LoadProgress.SILENT), Duration.ZERO);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Ran load(String... options) {
    List<String> arguments = new ArrayList<>(List.of("load", "http://127.0.0.1:" + server.port()));
    arguments.addAll(List.of(options));
    return Ran.run(Map.of(), arguments.toArray(String[]::new));
  }

  private static JsonNode json(Ran ran) throws IOException {
    assertEquals(0, ran.code(), ran.err());
    return new ObjectMapper().readTree(ran.out());
  }

  private static int sum(JsonNode counts) {
    int sum = 0;
    for (JsonNode count : counts) {
      sum += count.asInt();
    }
    return sum;
  }

  @Test
  void countsAddUpAndClientsThatLeaveAreCounted() throws IOException {
    JsonNode result =
        json(
            load(
                "--concurrency=4",
                "--requests=60",
                "--prompt-tokens=4-12",
                "--output-tokens=4-20",
                "--shared-prefix=0.5",
                "--disconnect=0.5",
                "--background-rate=20",
                "--background-prompt-tokens=40",
                "--background-output-tokens=3",
                "--field=top_k=5",
                "--field=stop=[\"never said\"]",
                "--seed=1",
                "-o=json"));
    assertEquals(1, result.get("seed").asInt());
    assertEquals("model", result.get("model").asText());
    assertEquals(0, result.get("unfinished").asInt());
    JsonNode main = result.get("traffic").get(0);
    assertEquals("main", main.get("name").asText());
    assertEquals(60, main.get("requests").asInt());
    assertEquals(60, sum(main.get("statuses")));
    int disconnected = main.get("disconnected").asInt();
    assertTrue(disconnected > 10 && disconnected < 50, disconnected + " left");
    assertEquals(60 - disconnected, main.get("ok").asInt());
    assertEquals(main.get("ok").asInt(), sum(main.get("finish_reasons")));
    assertEquals(main.get("ok").asInt(), main.get("e2e_ms").get("count").asInt());
    assertEquals(0, main.get("without_usage").asInt());
    assertTrue(main.get("output_tokens_per_s").asDouble() > 0);
    assertTrue(
        main.get("itl_ms").get("p50").asDouble() <= main.get("itl_ms").get("p99").asDouble());
    JsonNode background = result.get("traffic").get(1);
    assertEquals("background", background.get("name").asText());
    assertEquals(background.get("requests").asInt(), background.get("ok").asInt());
  }

  @Test
  void aTableAndAChartAreDrawn() throws IOException {
    Path chart = folder.resolve("chart.png");
    Ran ran =
        load(
            "--rate=50",
            "--requests=10",
            "--endpoint=chat",
            "--prompt-tokens=5",
            "--output-tokens=8",
            "--chart=" + chart);
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("| main | 10 | 10 | 0 | 0 | 0 | 0 | 200: 10 | "), ran.out());
    assertTrue(ran.out().contains("| main | between tokens (ITL) | "), ran.out());
    BufferedImage image = ImageIO.read(chart.toFile());
    assertTrue(image.getWidth() > 100 && image.getHeight() > 100);
  }

  @Test
  void wholeAnswersAreTimedToTheirEnd() throws IOException {
    JsonNode result =
        json(
            load(
                "--no-stream",
                "--requests=3",
                "--prompt-tokens=5",
                "--output-tokens=4",
                "-o=json"));
    JsonNode main = result.get("traffic").get(0);
    assertEquals(3, main.get("ok").asInt());
    assertEquals(3, main.get("e2e_ms").get("count").asInt());
    assertTrue(main.get("output_tokens").asInt() > 0);
    assertTrue(main.get("ttft_ms") == null && main.get("itl_ms") == null);
  }

  @Test
  void theSameSeedSendsTheSamePrompts() throws IOException {
    String[] options = {
      "--seed=5", "--requests=4", "--prompt-tokens=~9", "--output-tokens=1", "-o=json"
    };
    int tokens = json(load(options)).get("traffic").get(0).get("prompt_tokens").asInt();
    assertEquals(tokens, json(load(options)).get("traffic").get(0).get("prompt_tokens").asInt());
  }

  @Test
  void errorsOfTheServerAreCountedAndToldAndFailTheCommand() {
    Ran ran = load("--requests=2", "--field=temperature=9");
    assertEquals(1, ran.code());
    assertTrue(ran.out().contains("| main | 2 | 0 | 0 | 2 | 0 | 0 | 400: 2 | - |"), ran.out());
    assertTrue(ran.out().contains("main: 2 x status 400: "), ran.out());
    assertTrue(ran.err().contains("2 of 2 requests ended with an error"), ran.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--rate=1 --concurrency=2 | --rate and --concurrency",
        "--rate=0 | --rate must be above 0",
        "--concurrency=0 | --concurrency must be at least 1",
        "--requests=0 | --requests must be at least 1",
        "--duration=soon | 'soon' is no time",
        "--prompt-tokens=many | 'many' is no length",
        "--shared-prefix=1.5 | --shared-prefix must be from 0 to 1",
        "--disconnect=-1 | --disconnect must be from 0 to 1",
        "--background-rate=-1 | --background-rate must be above 0",
        "--background-concurrency=0 | --background-concurrency must be at least 1",
        "--background-rate=1 --background-concurrency=1 | --background-concurrency exclude",
        "--endpoint=embeddings | embeddings",
        "--field=top_k | name=json",
        "--field=user=me | is not JSON",
        "--field=stream=true | --no-stream",
        "--chart=a.jpg | should end in .png",
        "--chart=/none/a.png | no such folder",
        "-o=csv | 'csv'",
      })
  void wrongOptionsAreNamed(String optionsAndMessage) {
    String[] parts = optionsAndMessage.split(" \\| ");
    Ran ran = load(parts[0].split(" "));
    assertEquals(2, ran.code(), ran.err());
    assertTrue(ran.err().contains(parts[1]), ran.err());
  }

  @Test
  void aServerThatIsNoneIsNamed() {
    Ran noUrl = Ran.run(Map.of(), "load", "localhost:8080");
    assertEquals(2, noUrl.code());
    assertTrue(noUrl.err().contains("'localhost:8080' is no URL"), noUrl.err());
    Ran nobody = Ran.run(Map.of(), "load", "http://127.0.0.1:1");
    assertEquals(1, nobody.code());
    assertTrue(nobody.err().contains("http://127.0.0.1:1/v1/models: cannot connect"), nobody.err());
  }
}
