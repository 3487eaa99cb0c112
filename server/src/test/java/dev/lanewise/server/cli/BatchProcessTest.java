package dev.lanewise.server.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lanewise batch} as a process that is stopped in its middle. */
final class BatchProcessTest {
  private static final int REQUESTS = 400;
  private static final int TOKENS = 200;

  @TempDir private Path folder;

  /**
   * Whole lines of the output. Bytes are counted: a process that is writing, was killed or found
   * the disk full may have written half a character.
   */
  private static long lines(BatchFiles files) throws IOException {
    if (!Files.exists(files.out())) {
      return 0;
    }
    String bytes = Files.readString(files.out(), StandardCharsets.ISO_8859_1);
    return bytes.chars().filter(character -> character == '\n').count();
  }

  /** Starts a batch and lets it write some lines. */
  private static Process startAndAwait(BatchFiles files, int more) throws IOException {
    long before = lines(files);
    Process process = ProcessTest.start(ProcessTest.VECTOR_FLAGS, files.command());
    await("some lines")
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofMinutes(1))
        .until(() -> lines(files) >= before + more || !process.isAlive());
    assertTrue(process.isAlive(), () -> "ended too early: " + process);
    return process;
  }

  private static void assertContinued(BatchFiles files) throws IOException {
    Ran ran = Ran.run(Map.of(), files.command());
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.err().contains("out.jsonl: goes on after "), ran.err());
    assertEquals(BatchFiles.ids(REQUESTS), files.answeredIds());
  }

  @Test
  void whatAKillLeavesIsContinued() throws Exception {
    BatchFiles files = BatchFiles.in(folder).withPrompts(REQUESTS, TOKENS);
    for (int kill = 0; kill < 2; kill++) {
      Process process = startAndAwait(files, 25);
      process.destroyForcibly();
      assertEquals(137, process.waitFor());
    }
    assertTrue(lines(files) < REQUESTS, "nothing was left to do");
    assertContinued(files);
  }

  @Test
  void aSignalLeavesWholeLines() throws Exception {
    BatchFiles files = BatchFiles.in(folder).withPrompts(REQUESTS, TOKENS);
    Process process = startAndAwait(files, 25);
    process.toHandle().destroy(); // Process.destroy would close its streams
    assertEquals(143, process.waitFor());
    String err = ProcessTest.read(process.getErrorStream());
    assertTrue(err.contains("stopped after " + lines(files) + " of " + REQUESTS + " lines"), err);
    assertTrue(err.lines().noneMatch(line -> line.contains("Exception")), err);
    assertTrue(Files.readString(files.out()).endsWith("}\n"));
    assertEquals(lines(files), new HashSet<>(files.answeredIds()).size());
    assertContinued(files);
  }

  /** A limit on the size of files stands for a disk that is full. */
  @Test
  void aDiskThatIsFullEndsTheBatchAndIsNoLoss() throws Exception {
    BatchFiles files = BatchFiles.in(folder).withPrompts(REQUESTS, 16);
    List<String> command = new ArrayList<>(List.of("bash", "-c", "ulimit -f 40; exec \"$@\"", ""));
    List<String> flags = new ArrayList<>(ProcessTest.VECTOR_FLAGS);
    flags.add("-XX:-UsePerfData"); // a file of the JVM
    command.addAll(ProcessTest.command(flags, files.command()));
    Process process = new ProcessBuilder(command).start();
    String err = ProcessTest.read(process.getErrorStream());
    assertEquals(1, process.waitFor(), err);
    List<String> told = err.lines().filter(line -> line.startsWith("lanewise: ")).toList();
    assertEquals(1, told.size(), err);
    assertTrue(told.getFirst().contains("out.jsonl: cannot be written"), err);
    assertTrue(lines(files) > 0 && lines(files) < REQUESTS, lines(files) + " lines");
    assertContinued(files);
  }
}
