package dev.lanewise.server.cli;

import static dev.lanewise.server.cli.Ran.assertOneLine;
import static dev.lanewise.server.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.server.hub.TestHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that are named as those of a hub, on the command line. */
final class PullCommandTest {
  private static final Path TINY =
      Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");

  private final TestHub hub = new TestHub();

  @TempDir private Path folder;

  @BeforeEach
  void addModels() throws IOException {
    hub.add("tiny-Q4_K_M.gguf", Files.readAllBytes(TINY));
    hub.add("other-Q8_0.gguf", new byte[100]);
  }

  @AfterEach
  void closeHub() {
    hub.close();
  }

  private Map<String, String> environment() {
    return Map.of("LANEWISE_HUB", hub.address(), "LANEWISE_MODELS", folder.toString());
  }

  private Path pulled(String file) {
    return folder.resolve("org/name").resolve(TestHub.COMMIT).resolve(file);
  }

  @Test
  void pullPrintsThePathAndSaysWhatItChose() throws IOException {
    Ran ran = run(environment(), "pull", "org/name");
    assertEquals(0, ran.code(), ran.err());
    assertEquals(pulled("tiny-Q4_K_M.gguf") + System.lineSeparator(), ran.out());
    assertTrue(
        ran.err().contains("pulling org/name: tiny-Q4_K_M.gguf (338.8 kB), chosen from 2 models"),
        ran.err());
    assertEquals(-1, Files.mismatch(TINY, pulled("tiny-Q4_K_M.gguf")));
  }

  @Test
  void aModelOfAHubIsPulledOnceAndRunsWithoutIt() {
    Ran first =
        run(environment(), "run", "hello", "-n", "3", "--no-pack-cache", "--model", "org/name");
    assertEquals(0, first.code(), first.err());
    assertTrue(first.err().contains("pulling org/name"), first.err());
    hub.close();
    Ran again = run(environment(), "inspect", "org/name:q4_k_m");
    assertEquals(0, again.code(), again.err());
    assertTrue(again.out().startsWith(pulled("tiny-Q4_K_M.gguf") + ": GGUF version 3"));
    assertFalse(again.err().contains("pulling"), again.err());
    assertOneLine(
        1, "cannot reach " + hub.address(), run(environment(), "inspect", "org/name:Q8_0"));
  }

  @Test
  void aRevisionAndATokenAreAskedFor() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "secret\n");
    Ran ran =
        run(
            environment(),
            "pull",
            "org/name:Q8_0",
            "--revision",
            "v1",
            "--token-file",
            token.toString());
    assertEquals(0, ran.code(), ran.err());
    assertEquals("/api/models/org/name/revision/v1?blobs=true", hub.server().asked().getFirst());
    assertEquals("Bearer secret", hub.server().lastAuthorization());
  }

  @Test
  void hubAndTokenComeFromTheVariablesThatOtherProgramsUse() throws Exception {
    ProcessBuilder pull =
        new ProcessBuilder(
            ProcessTest.command(
                ProcessTest.VECTOR_FLAGS, "pull", "org/name", "--models", folder.toString()));
    pull.environment().put("HF_ENDPOINT", hub.address());
    pull.environment().put("HF_TOKEN", "secret");
    Process process = pull.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertEquals(
        pulled("tiny-Q4_K_M.gguf") + System.lineSeparator(),
        ProcessTest.read(process.getInputStream()));
    assertEquals(0, process.waitFor());
    assertEquals("Bearer secret", hub.server().lastAuthorization());
  }

  @Test
  void aFileThatIsMissingIsNotAskedOfTheHub() {
    assertOneLine(1, "models/x.gguf: no such file", run(environment(), "inspect", "models/x.gguf"));
    assertEquals(0, hub.server().requests());
  }

  @Test
  void wrongUsageIsNamed() {
    assertOneLine(2, "'name' is no model of a hub", run(environment(), "pull", "name"));
    assertOneLine(1, "'nowhere' is no address", run(Map.of(), "pull", "a/b", "--hub", "nowhere"));
    assertOneLine(
        1, "none: no such file", run(environment(), "pull", "a/b", "--token-file", "none"));
    assertOneLine(1, "no such model", run(environment(), "pull", "a/b"));
  }
}
