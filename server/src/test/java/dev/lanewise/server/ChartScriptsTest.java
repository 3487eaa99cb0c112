package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.server.helm.Combination;
import dev.lanewise.server.http.ConnectionLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that the chart runs in pods, with the shell and the curl of this machine. */
final class ChartScriptsTest {
  private record Finished(int exit, String output) {}

  @TempDir private Path folder;

  @BeforeAll
  static void findTheTools() {
    for (String tool : List.of("sh", "curl", "sha256sum")) {
      boolean found =
          Stream.of(System.getenv("PATH").split(":"))
              .anyMatch(path -> Files.isExecutable(Path.of(path, tool)));
      assumeTrue(found, "no " + tool);
    }
  }

  private static Finished run(
      JsonNode container, List<String> arguments, Map<String, String> variables)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    container.get("command").forEach(word -> command.add(word.asText()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(variables);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Finished(process.waitFor(), output);
  }

  private Finished download(Download... files) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>();
    for (Download file : files) {
      arguments.addAll(List.of(file.url(), file.sum(), file.name()));
    }
    return run(
        Combination.MODEL_DOWNLOADED.render().podSpec().at("/initContainers/0"),
        arguments,
        Map.of("DIR", folder.resolve("models").toString()));
  }

  private record Download(String url, String sum, String name) {}

  private static byte[] bytes(int seed) {
    byte[] bytes = new byte[300_000];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static String sum(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("models"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void filesAreDownloadedOnce() throws Exception {
    try (FileServer server = FileServer.of(Map.of("/a", bytes(1), "/b", bytes(2)))) {
      Download[] both = {
        new Download(server.url("/a?download=true"), sum(bytes(1)), "a.gguf"),
        new Download(server.url("/b"), sum(bytes(2)), "b.gguf")
      };
      assertEquals(0, download(both).exit());
      assertEquals(2, server.requests());
      Finished again = download(both);
      assertEquals(0, again.exit(), again.output());
      assertEquals(2, server.requests(), "nothing more is asked for");
    }
    assertEquals(List.of("a.gguf", "b.gguf"), files());
    assertArrayEquals(bytes(1), Files.readAllBytes(folder.resolve("models/a.gguf")));
  }

  @Test
  void anInterruptedDownloadGoesOn() throws Exception {
    try (FileServer server = FileServer.of(Map.of("/a", bytes(1)))) {
      Download file = new Download(server.url("/a"), sum(bytes(1)), "a.gguf");
      server.breakOffAfter(100_000);
      assertEquals(1, download(file).exit());
      Finished rest = download(file);
      assertEquals(0, rest.exit(), rest.output());
      assertEquals("bytes=100000-", server.lastRange());
    }
    assertArrayEquals(bytes(1), Files.readAllBytes(folder.resolve("models/a.gguf")));
    assertEquals(List.of("a.gguf"), files());
  }

  @Test
  void aServerThatCannotGoOnIsAskedForAll() throws Exception {
    try (FileServer server = FileServer.of(Map.of("/a", bytes(1)))) {
      Download file = new Download(server.url("/a"), sum(bytes(1)), "a.gguf");
      server.breakOffAfter(100_000);
      assertEquals(1, download(file).exit());
      server.ignoreRanges();
      assertEquals(1, download(file).exit());
      Finished anew = download(file);
      assertEquals(0, anew.exit(), anew.output());
    }
    assertArrayEquals(bytes(1), Files.readAllBytes(folder.resolve("models/a.gguf")));
  }

  @Test
  void aWrongSumFailsAndLeavesNothing() throws Exception {
    try (FileServer server = FileServer.of(Map.of("/a", bytes(1)))) {
      Finished wrong = download(new Download(server.url("/a"), sum(bytes(2)), "a.gguf"));
      assertEquals(1, wrong.exit());
      assertTrue(wrong.output().contains("its SHA-256 is " + sum(bytes(1))), wrong.output());
      assertTrue(wrong.output().contains("model.download.files"), wrong.output());
      assertEquals(List.of(), files());
    }
  }

  @Test
  void anotherFileOfTheNameIsReplaced() throws Exception {
    Files.createDirectories(folder.resolve("models"));
    Files.write(folder.resolve("models/a.gguf"), bytes(2));
    try (FileServer server = FileServer.of(Map.of("/a", bytes(1)))) {
      assertEquals(0, download(new Download(server.url("/a"), sum(bytes(1)), "a.gguf")).exit());
      assertEquals(1, download(new Download(server.url("/none"), sum(bytes(3)), "b.gguf")).exit());
    }
    assertArrayEquals(bytes(1), Files.readAllBytes(folder.resolve("models/a.gguf")));
    assertEquals(List.of("a.gguf"), files());
  }

  @Test
  void theTestAndTheProbesOfAReleaseAskTheServer() throws Exception {
    Path keys =
        Files.writeString(folder.resolve("keys"), "# of clients\n\nfirst-key\nsecond-key\n");
    Security security = new Security(Optional.of(keys), Optional.empty(), List.of());
    JsonNode container = Combination.DEFAULTS.render().only("Pod").at("/spec/containers/0");
    try (RunningServer server = RunningServer.start(security, ConnectionLimits.DEFAULTS)) {
      Finished passed =
          run(container, List.of(), Map.of("URL", server.url(""), "KEYS", keys.toString()));
      assertEquals(0, passed.exit(), passed.output());
      assertTrue(passed.output().contains("\"completion_tokens\""), passed.output());
      for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
        String path =
            Combination.DEFAULTS.render().server().at("/" + probe + "/httpGet/path").asText();
        assertEquals(200, server.get(path).statusCode(), path);
      }
      Finished refused = run(container, List.of(), Map.of("URL", server.url(""), "KEYS", "none"));
      assertFalse(refused.exit() == 0, refused.output());
    }
  }
}
