package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** What Prometheus's own tool says of the metrics and the rules; skipped where it is missing. */
final class PromtoolTest {
  private static final Path RULES =
      Path.of(System.getProperty("lanewise.models")).resolveSibling("helm/rules");

  @TempDir private Path folder;

  @BeforeEach
  void isHere() throws Exception {
    try {
      assertPasses("", "--version");
    } catch (IOException missing) {
      throw new TestAbortedException("promtool is not on the PATH", missing);
    }
  }

  private void assertPasses(String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(Files.writeString(folder.resolve("input"), input).toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> command + "\n" + read(output));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      return failure.toString();
    }
  }

  @Test
  void metricsAreNamedWellBeforeAndAfterRequests() throws Exception {
    try (RunningServer server = RunningServer.start()) {
      assertPasses(server.get("/metrics").body(), "check", "metrics");
      String completion =
          "{\"model\":\"%s\",\"prompt\":\"One two three\",\"max_tokens\":4}"
              .formatted(RunningServer.MODEL);
      assertEquals(200, server.post("/v1/completions", completion).statusCode());
      assertEquals(400, server.post("/v1/completions", "{}").statusCode());
      assertPasses(server.get("/metrics").body(), "check", "metrics");
    }
  }

  @Test
  void rulesAreValid() throws Exception {
    assertPasses("", "check", "rules", RULES.resolve("lanewise.yaml").toString());
  }

  @Test
  void alertsFireWhenTheyShould() throws Exception {
    assertPasses("", "test", "rules", RULES.resolve("lanewise.test.yaml").toString());
  }
}
