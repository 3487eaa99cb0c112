package dev.lanewise.server.cli;

import static dev.lanewise.server.cli.Ran.assertOneLine;
import static dev.lanewise.server.cli.Ran.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code lanewise bench} with a tiny model. */
final class BenchCommandTest {
  private static final Path TINY =
      Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");

  @Test
  void benchWritesOneJsonArrayOfRows() throws IOException {
    Ran ran =
        bench(
            "-o",
            "json",
            "-p",
            "8,0",
            "-n",
            "3",
            "-d",
            "0,16",
            "--parallel",
            "1,2",
            "-t",
            "1",
            "-r",
            "2");
    JsonNode rows = new ObjectMapper().readTree(ran.out());
    assertEquals(6, rows.size());
    List<String> tests = new ArrayList<>();
    for (JsonNode row : rows) {
      assertEquals(
          List.of("engine", "model", "test", "threads", "tokens_per_s"),
          row.properties().stream().map(Map.Entry::getKey).toList());
      assertEquals("lanewise", row.get("engine").asText());
      assertEquals("model.gguf", row.get("model").asText());
      assertEquals(1, row.get("threads").asInt());
      assertEquals(2, row.get("tokens_per_s").size());
      tests.add(row.get("test").asText());
    }
    assertEquals(List.of("pp8", "tg3", "tg3x2", "pp8 @ d16", "tg3 @ d16", "tg3x2 @ d16"), tests);
  }

  @Test
  void benchMeasuresWhatIsLeftOutWhileOneSequenceIsGenerated() throws IOException {
    String sparsity = "--sparsity=off,coreinfer@0.5";
    JsonNode rows =
        new ObjectMapper()
            .readTree(bench("-o", "json", "-p", "8", "-n", "3", "-d", "32", sparsity).out());
    List<String> measured = new ArrayList<>();
    for (JsonNode row : rows) {
      measured.add(row.get("test").asText() + " " + row.path("sparsity").asText("-"));
    }
    assertEquals(List.of("pp8 @ d32 -", "tg3 @ d32 -", "tg3 @ d32 coreinfer@0.5"), measured);
    assertTrue(
        bench("-p", "0", "-n", "3", "-d", "32", sparsity)
            .out()
            .contains("| tg3 @ d32, coreinfer@0.5 |"));
    assertOneLine(2, "it needs --parallel 1", run(Map.of(), "bench", sparsity, "--parallel=1,2"));
    assertOneLine(
        1, "see --depth", run(Map.of(), "bench", "-n=3", "-p=0", sparsity, "-m", TINY.toString()));
  }

  @Test
  void benchTellsWhichPartOfTheLimitASpeedIs() throws IOException {
    Ran ran = bench("--limit", "-p", "0", "-n", "3", "-t", "1,2", "-r", "1");
    List<String> lines = ran.out().lines().toList();
    assertEquals(11, lines.size(), ran.out());
    assertEquals("| limit | threads | median | min | max |", lines.getFirst());
    assertTrue(lines.get(2).startsWith("| memory reads, GB/s | 1 | "));
    assertTrue(lines.get(5).startsWith("| FP32 multiply-adds, GFLOP/s | 2 | "));
    assertTrue(lines.get(7).endsWith("| max | of limit |"), lines.get(7));
    assertTrue(
        lines.get(10).matches("\\| model.gguf \\| tg3 \\| 2 \\| .* \\| \\d+% \\|"), lines.get(10));
  }

  @Test
  void benchMeasuresTheMachineAlone() throws IOException {
    Ran ran = run(Map.of(), "bench", "--limit", "-o", "json", "-t", "1", "-r", "2");
    assertEquals(0, ran.code(), ran.err());
    JsonNode rows = new ObjectMapper().readTree(ran.out());
    assertEquals(2, rows.size());
    assertEquals("read", rows.get(0).get("test").asText());
    assertEquals(2, rows.get(0).get("gb_per_s").size());
    assertEquals("fma", rows.get(1).get("test").asText());
    assertEquals(2, rows.get(1).get("gflop_per_s").size());
  }

  @Test
  void benchNamesTheTestThatDoesNotFitTheContext() {
    assertOneLine(
        1,
        "tg128 @ d100 needs a context of 228 tokens",
        run(Map.of(), "bench", "-p", "0", "-d", "100", "-c", "128", "-m", TINY.toString()));
  }

  @Test
  void benchTimesTheTextsThatAnEncoderReads() {
    String encoder = TINY.resolveSibling("../bert/model.gguf").normalize().toString();
    Ran ran = run(Map.of(), "bench", "-m", encoder, "-p", "100", "-n", "0", "-r", "1");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("pp100"), ran.out());
    assertOneLine(
        1,
        "tg4: the model is an encoder",
        run(Map.of(), "bench", "-m", encoder, "-p", "8", "-n", "4"));
  }

  private static Ran bench(String... options) {
    List<String> arguments = new ArrayList<>(List.of("bench", "-m", TINY.toString()));
    arguments.addAll(List.of(options));
    Ran ran = run(Map.of(), arguments.toArray(String[]::new));
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }
}
