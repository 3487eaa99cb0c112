package dev.lanewise.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/**
 * The clients of another language: a folder of {@code target} with packages that stay installed
 * from build to build, and scripts that use them.
 */
final class ForeignClient {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.server.clients");
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Path folder;

  private ForeignClient(Path folder) {
    this.folder = folder;
  }

  /**
   * Copies the files of {@code src/test/LANGUAGE} to a folder and runs the commands there that
   * install what {@code pins} lists, unless that is installed already. Where a command is missing
   * or fails, as it does without a network, the calling test is skipped.
   *
   * @param pins name of the file with the packages and their versions
   */
  static ForeignClient install(String language, String pins, List<List<String>> commands)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of("target/clients", language).toAbsolutePath());
    try (var files = Files.list(Path.of("src/test", language))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    ForeignClient client = new ForeignClient(folder);
    Path wanted = folder.resolve(pins);
    Path installed = folder.resolve("installed-" + pins);
    if (!Files.exists(installed) || Files.mismatch(wanted, installed) >= 0) {
      Files.deleteIfExists(installed);
      for (List<String> command : commands) {
        client.runOrSkip(command);
      }
      Files.copy(wanted, installed);
    }
    return client;
  }

  private void runOrSkip(List<String> command) throws IOException, InterruptedException {
    Finished finished;
    try {
      finished = run(command, Map.of());
    } catch (IOException missing) {
      throw skipped("a program is not here: " + missing.getMessage());
    }
    if (finished.exit() != 0) {
      String line = String.join(" ", command);
      throw skipped("'" + line + "' failed:\n" + finished.output());
    }
  }

  /** Logs the reason too, since Surefire prints none. */
  private static TestAbortedException skipped(String reason) {
    LOG.log(System.Logger.Level.WARNING, "Skipped a test of clients, since " + reason);
    return new TestAbortedException(reason);
  }

  /**
   * Runs scripts with the variables by which OpenAI's SDKs find a server and its key.
   *
   * @param leaves how many requests the scripts leave before their end, as the server must notice
   */
  void assertPasses(List<String> command, int leaves) throws IOException, InterruptedException {
    try (RunningServer server = RunningServer.start()) {
      Finished finished =
          run(
              command,
              Map.of(
                  "OPENAI_BASE_URL",
                  server.url("/v1"),
                  "OPENAI_API_KEY",
                  "none",
                  "LANEWISE_MODEL",
                  RunningServer.MODEL));
      assertEquals(0, finished.exit(), finished.output());
      await("the end of the requests that were left")
          .until(() -> cancelled(server.get("/metrics").body()) == leaves);
    }
  }

  private static int cancelled(String metrics) {
    return metrics
        .lines()
        .filter(line -> line.startsWith("lanewise_request_duration_seconds_count"))
        .filter(line -> line.contains("outcome=\"cancelled\""))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private record Finished(int exit, String output) {}

  private Finished run(List<String> command, Map<String, String> variables)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(variables);
    Process process = builder.start();
    boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String printed = Files.readString(output, StandardCharsets.UTF_8);
    return new Finished(
        process.exitValue(), ended ? printed : printed + "\nstopped after " + PATIENCE);
  }
}
