package dev.lanewise.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lanewise quality} on a short text. */
final class QualityCommandTest {
  private static final Path MODEL =
      Path.of(System.getProperty("lanewise.models"), "SmolLM2-135M-Instruct.Q4_1.gguf");

  private static final Path TINY = MODEL.resolveSibling("tiny/llama/model.gguf");

  @TempDir private Path folder;
  private Path text;

  @BeforeEach
  void writeText() throws IOException {
    StringBuilder written = new StringBuilder();
    for (int i = 1; i <= 40; i++) {
      written.append("Chapter ").append(i * 37).append(". It was a dark and stormy night. ");
    }
    text = Files.writeString(folder.resolve("text.txt"), written);
  }

  private Ran quality(Path model, String... options) {
    List<String> arguments = new ArrayList<>(List.of("quality", "--text", text.toString()));
    arguments.addAll(List.of("--no-pack-cache", "-m", model.toString()));
    arguments.addAll(List.of(options));
    return Ran.run(Map.of(), arguments.toArray(String[]::new));
  }

  private static JsonNode json(Ran ran) throws IOException {
    assertEquals(0, ran.code(), ran.err());
    return new ObjectMapper().readTree(ran.out());
  }

  private void assertRefused(int code, String part, String... options) {
    Ran ran = quality(TINY, options);
    assertEquals(code, ran.code(), ran.err());
    assertTrue(ran.err().contains(part), ran.err());
    assertFalse(ran.err().contains("\tat "), "no stack trace");
  }

  @Test
  void measuresAllCombinationsOnTheDefaultModel() throws IOException {
    JsonNode result =
        json(
            quality(
                MODEL,
                "--window=64",
                "--windows=2",
                "--weights=as-is,mxfp4",
                "--kv-cache=bf16,int8",
                "-o=json"));
    assertEquals(2, result.get("windows").asInt());
    assertEquals(2 * 31, result.get("tokens").asInt());
    JsonNode rows = result.get("rows");
    List<String> names = new ArrayList<>();
    for (JsonNode row : rows) {
      names.add(row.get("weights").asText() + " " + row.get("kv_cache").asText());
      assertEquals(names.size(), row.get("row").asInt());
      assertEquals("off", row.get("sparsity").asText());
      assertFalse(row.has("speed_up"));
    }
    assertEquals(List.of("as-is BF16", "as-is INT8", "MXFP4 BF16", "MXFP4 INT8"), names);
    assertFalse(rows.get(0).has("against"));
    assertFalse(rows.get(0).has("kl_mean"));
    for (int i = 1; i < 4; i++) {
      assertEquals(1, rows.get(i).get("against").asInt());
      assertEquals(
          rows.get(i).get("perplexity").asDouble() / rows.get(0).get("perplexity").asDouble() - 1,
          rows.get(i).get("perplexity_increase").asDouble(),
          1e-9);
    }
    double cache = rows.get(1).get("kl_mean").asDouble();
    double weights = rows.get(2).get("kl_mean").asDouble();
    assertTrue(0 < cache && cache < weights / 10, cache + " " + weights);
    assertTrue(rows.get(2).get("same_likeliest").asDouble() < 1);
  }

  @Test
  void printsATableAndDrawsAChart() throws IOException {
    Path chart = folder.resolve("chart.png");
    Ran ran =
        quality(
            TINY, "--window=40", "--kv-cache=f32,int8", "--speed", "--chart=" + chart.toString());
    assertEquals(0, ran.code(), ran.err());
    List<String> lines = ran.out().lines().toList();
    assertTrue(lines.getFirst().startsWith("model.gguf: "), ran.out());
    assertTrue(lines.get(5).matches("\\| 1 \\| as-is \\| F32 \\| off \\| - \\| .*"), ran.out());
    assertTrue(
        lines.get(6).matches("\\| 2 \\| as-is \\| INT8 \\| off \\| 1 \\| .* \\| \\d+\\.\\d+ \\|"),
        ran.out());
    assertEquals(7, lines.size());
    assertEquals(1200, ImageIO.read(chart.toFile()).getWidth());
  }

  @Test
  void combinationsAreMeasuredOnce() throws IOException {
    JsonNode rows =
        json(quality(TINY, "--window=40", "--kv-cache=f32,f32", "--sparsity=off,off", "-o=json"))
            .get("rows");
    assertEquals(1, rows.size());
  }

  @Test
  void sparseRowsAreComparedWithTheDenseRowOfTheSameWeightsAndCache() throws IOException {
    JsonNode rows =
        json(quality(
                TINY,
                "--window=80",
                "--kv-cache=f32,int8",
                "--weights=as-is,mxfp4",
                "--sparsity=coreinfer@0.5,coreinfer@1",
                "-o=json"))
            .get("rows");
    List<String> compared = new ArrayList<>();
    for (JsonNode row : rows) {
      compared.add(row.get("sparsity").asText() + " " + row.path("against").asInt());
      if (row.get("sparsity").asText().equals("coreinfer@1.0")) {
        assertEquals(0, row.get("kl_mean").asDouble());
      }
    }
    assertEquals(
        List.of(
            "off 0",
            "coreinfer@0.5 1",
            "coreinfer@1.0 1",
            "off 1",
            "coreinfer@0.5 4",
            "coreinfer@1.0 4",
            "off 1",
            "coreinfer@0.5 7",
            "coreinfer@1.0 7",
            "off 1",
            "coreinfer@0.5 10",
            "coreinfer@1.0 10"),
        compared);
  }

  @ParameterizedTest
  @CsvSource({"teal, 0.5", "ffn-skip, 0.25"})
  void whatIsLeftOutComesFromAFileOfCalibrate(String method, String most) throws IOException {
    Path file = folder.resolve("tiny." + method + ".json");
    int code =
        Lanewise.commandLine(Map.of())
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(new StringWriter()))
            .execute(
                "calibrate",
                "--text=" + text,
                "--window=80",
                "--method=" + method,
                "--sparsity=" + most,
                "--out=" + file,
                "--no-pack-cache",
                "-m=" + TINY);
    assertEquals(0, code);
    JsonNode rows =
        json(quality(
                TINY, "--window=80", "-o=json", "--sparsity", file + "@0.05," + file.toString()))
            .get("rows");
    assertEquals(file.toString(), rows.get(2).get("sparsity").asText());
    double little = rows.get(1).get("kl_mean").asDouble();
    double much = rows.get(2).get("kl_mean").asDouble();
    assertTrue(0 < little && little < much, little + " " + much);
    assertRefused(
        1, "was calibrated for at most " + most, "--window=80", "--sparsity=" + file + "@0.6");
    assertRefused(2, "no such file", "--sparsity=" + folder.resolve("none.json"));
  }

  @Test
  void whatIsWrongIsNamed() throws IOException {
    assertRefused(2, "--windows must be at least 1", "--windows=0");
    assertRefused(2, "'q9' is no format of weights", "--weights=as-is,q9");
    assertRefused(2, "--kv-cache", "--kv-cache=bf16,int2");
    assertRefused(2, "--sparsity", "--sparsity=off,some");
    assertRefused(2, "the share is above 0 up to 1", "--sparsity=coreinfer@2");
    assertRefused(1, "too few to choose core neurons", "--sparsity=coreinfer", "--window=40");
    assertRefused(2, "--chart draws quality against speed: it needs --speed", "--chart=x.png");
    assertRefused(2, "should end in .png", "--speed", "--chart=x.jpg");
    assertRefused(1, "a window of 3 tokens", "--window=3");
    Files.writeString(text, "too short");
    assertRefused(1, "fills no window of 100", "--window=100");
    Files.delete(text);
    assertRefused(1, "--text " + text + ": no such file");
  }
}
