package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.DockerImageName;

/**
 * The container image: built from the Dockerfile, or the one that the system property {@code
 * lanewise.image} names, and run with the flags of docs/deployment.md.
 */
@Testcontainers(disabledWithoutDocker = true)
final class ContainerImageTest {
  private static final int PORT = 8080;
  private static final long MIB = 1L << 20;
  private static final String MODEL = "SmolLM2-135M-Instruct.Q4_1";

  private static String image;

  @BeforeAll
  static void build() {
    image = System.getProperty("lanewise.image", "");
    if (image.isEmpty()) {
      Path root = Path.of(System.getProperty("lanewise.models")).getParent();
      image =
          new ImageFromDockerfile("lanewise-under-test", false)
              .withDockerfile(root.resolve("Dockerfile"))
              .withBuildImageCmdModifier(build -> build.withPull(false).withNetworkMode("host"))
              .get();
    }
  }

  /** As docs/deployment.md says, with one core. */
  @SuppressWarnings("resource") // who asks for one closes it
  private static GenericContainer<?> container(long memory) {
    return new GenericContainer<>(DockerImageName.parse(image))
        .withImagePullPolicy(name -> false)
        .withExposedPorts(PORT)
        .withCreateContainerCmdModifier(
            create -> {
              HostConfig host = create.getHostConfig();
              host.withReadonlyRootfs(true)
                  .withTmpFs(Map.of("/tmp", "size=64m"))
                  .withCapDrop(Capability.ALL)
                  .withSecurityOpts(List.of("no-new-privileges"))
                  .withMemory(memory)
                  .withNanoCPUs(1_000_000_000L);
            });
  }

  private static GenericContainer<?> ready(long memory) {
    GenericContainer<?> container =
        container(memory)
            .waitingFor(
                Wait.forHttp("/health/ready")
                    .forPort(PORT)
                    .withStartupTimeout(Duration.ofMinutes(3)));
    container.start();
    return container;
  }

  private static String url(GenericContainer<?> container) {
    return "http://%s:%d".formatted(container.getHost(), container.getMappedPort(PORT));
  }

  @Test
  void answersAndIsMeasuredWithOneCoreAndOneGibibyte() throws Exception {
    try (GenericContainer<?> container = ready(1024 * MIB);
        HttpClient http = HttpClient.newHttpClient()) {
      OpenAIClient client =
          OpenAIOkHttpClient.builder().baseUrl(url(container) + "/v1").apiKey("none").build();
      ChatCompletion answer =
          client
              .chat()
              .completions()
              .create(
                  ChatCompletionCreateParams.builder()
                      .model(MODEL)
                      .temperature(0)
                      .addUserMessage("What is the capital of France?")
                      .build());
      client.close();
      String text = answer.choices().getFirst().message().content().orElseThrow();
      assertTrue(text.contains("Paris"), text);

      HttpRequest scrape = HttpRequest.newBuilder(URI.create(url(container) + "/metrics")).build();
      String metrics = http.send(scrape, HttpResponse.BodyHandlers.ofString()).body();
      assertTrue(
          metrics.lines().anyMatch(line -> line.startsWith("lanewise_generated_tokens_total{")),
          metrics);

      assertEquals("10001", container.execInContainer("id", "-u").getStdout().strip());
      assertEquals(
          1, container.execInContainer("touch", "/opt/lanewise/x").getExitCode(), "writable");
    }
  }

  @Test
  void aStreamFinishesAfterSigterm() throws Exception {
    try (GenericContainer<?> container = ready(1024 * MIB);
        HttpClient http = HttpClient.newHttpClient()) {
      String body =
          "{\"model\":\"%s\",\"prompt\":\"One two three\",\"max_tokens\":300,\"stream\":true,\"ignore_eos\":true}"
              .formatted(MODEL);
      HttpResponse<InputStream> response =
          http.send(
              HttpRequest.newBuilder(URI.create(url(container) + "/v1/completions"))
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        assertTrue(lines.readLine().startsWith("data: {"));
        container
            .getDockerClient()
            .killContainerCmd(container.getContainerId())
            .withSignal("SIGTERM")
            .exec();
        List<String> events = lines.lines().filter(line -> !line.isEmpty()).toList();
        assertEquals("data: [DONE]", events.getLast());
        String last = events.get(events.size() - 2);
        assertTrue(last.contains("\"finish_reason\":\"length\""), last);
      }
      assertEquals(143, exitCode(container));
    }
  }

  @Test
  void saysThatItsLimitIsTooSmall() {
    try (GenericContainer<?> container = container(256 * MIB)) {
      container.start();
      assertEquals(1, exitCode(container));
      String said = container.getLogs();
      assertTrue(said.contains("the memory limit of 256 MiB is too small"), said);
    }
  }

  private static int exitCode(GenericContainer<?> container) {
    return container
        .getDockerClient()
        .waitContainerCmd(container.getContainerId())
        .start()
        .awaitStatusCode();
  }
}
