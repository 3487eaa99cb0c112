package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParseResult;

/** The example of a Kubernetes Job over shards. */
final class BatchJobTest {
  private static final Path ROOT = Path.of(System.getProperty("lanewise.models")).getParent();
  private static final Path EXAMPLE = ROOT.resolve("helm/examples/batch-job.yaml");

  private static JsonNode job() throws IOException {
    String[] documents = Files.readString(EXAMPLE).split("(?m)^---\n");
    return new ObjectMapper(new YAMLFactory()).readTree(documents[documents.length - 1]);
  }

  private static JsonNode pod(JsonNode job) {
    return job.path("spec").path("template").path("spec");
  }

  @Test
  void theDocumentationShowsIt() throws IOException {
    String guide = Files.readString(ROOT.resolve("docs/deployment.md"));
    assertTrue(guide.contains("```yaml\n" + Files.readString(EXAMPLE) + "```\n"));
  }

  /** Kubernetes puts the index of each pod into its arguments. */
  @Test
  void everyPodTakesAShardAndWritesAFileOfItsOwn() throws IOException {
    JsonNode job = job();
    assertEquals("Job", job.path("kind").asText());
    assertEquals("Indexed", job.path("spec").path("completionMode").asText());
    int pods = job.path("spec").path("completions").asInt();
    assertTrue(pods > 1);
    for (int i = 0; i < pods; i++) {
      List<String> arguments = new ArrayList<>();
      for (JsonNode argument : pod(job).path("containers").path(0).path("args")) {
        arguments.add(argument.asText().replace("$(JOB_COMPLETION_INDEX)", Integer.toString(i)));
      }
      ParseResult batch =
          Lanewise.commandLine(Map.of()).parseArgs(arguments.toArray(String[]::new)).subcommand();
      assertEquals("batch", batch.commandSpec().name());
      assertEquals(i + "/" + pods, batch.matchedOptionValue("shard", null).toString());
      assertEquals(Path.of("/data/requests.jsonl"), batch.matchedPositionalValue(0, null));
      assertEquals(Path.of("/data/answers-" + i + ".jsonl"), batch.matchedPositionalValue(1, null));
    }
  }

  @Test
  void itsPodsMayDoNoMoreThanTheyNeed() throws IOException {
    JsonNode pod = pod(job());
    JsonNode container = pod.path("containers").path(0);
    assertTrue(pod.path("securityContext").path("runAsNonRoot").asBoolean());
    assertEquals(
        "RuntimeDefault", pod.path("securityContext").path("seccompProfile").path("type").asText());
    assertFalse(pod.path("automountServiceAccountToken").asBoolean(true));
    JsonNode security = container.path("securityContext");
    assertTrue(security.path("readOnlyRootFilesystem").asBoolean());
    assertFalse(security.path("allowPrivilegeEscalation").asBoolean(true));
    assertEquals("[\"ALL\"]", security.path("capabilities").path("drop").toString());
    List<String> mounts = new ArrayList<>();
    container.path("volumeMounts").forEach(mount -> mounts.add(mount.path("mountPath").asText()));
    assertEquals(List.of("/data", "/tmp"), mounts);
    assertTrue(container.path("resources").path("limits").has("memory"));
  }
}
