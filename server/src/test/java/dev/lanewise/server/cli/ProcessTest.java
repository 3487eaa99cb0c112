package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Commands as processes of their own, as the launcher starts them. */
final class ProcessTest {
  private static final String MODEL =
      Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf").toString();
  static final List<String> VECTOR_FLAGS =
      List.of("--add-modules=jdk.incubator.vector", "-XX:Tier3DelayOn=100000");

  static Process start(List<String> flags, String... arguments) throws IOException {
    return new ProcessBuilder(command(flags, arguments)).start();
  }

  static List<String> command(List<String> flags, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Lanewise.class.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  static String read(java.io.InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void runPrintsTheAnswerAndNothingElse() throws Exception {
    Process process =
        start(
            VECTOR_FLAGS,
            "run",
            "What is the capital of France?",
            "--temperature",
            "0",
            "--model",
            MODEL);
    assertEquals("The capital of France is Paris.\n", read(process.getInputStream()));
    assertEquals(0, process.waitFor());
  }

  @Test
  void withoutTheVectorModuleTheScalarKernelsAnswerAfterOneWarning() throws Exception {
    Process process =
        start(
            List.of(),
            "run",
            "The capital of France is",
            "--raw",
            "-n",
            "1",
            "--temperature",
            "0",
            "--model",
            MODEL);
    assertEquals(" Paris\n", read(process.getInputStream()));
    List<String> warnings =
        read(process.getErrorStream()).lines().filter(line -> line.contains("WARNING")).toList();
    assertEquals(1, warnings.size(), warnings.toString());
    assertTrue(warnings.getFirst().contains("--add-modules jdk.incubator.vector"));
    assertEquals(0, process.waitFor());
  }

  @Test
  void serveStopsCleanlyOnSigterm() throws Exception {
    Process process = start(VECTOR_FLAGS, "serve", "--port", "0", "--model", MODEL);
    try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
      boolean ready = false;
      for (String line = err.readLine(); line != null && !ready; line = err.readLine()) {
        ready = line.startsWith("Lanewise is ready on http://127.0.0.1:");
        if (ready) {
          break;
        }
      }
      assertTrue(ready);
      process.toHandle().destroy(); // Process.destroy would close its streams
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(143, process.exitValue());
      assertFalse(err.lines().anyMatch(line -> line.contains("Exception")));
    }
  }
}
