package dev.lanewise.engine.sparse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of thresholds, whole and damaged. */
final class SparsityFileTest {
  private static final Path TINY =
      Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf");

  private static ModelConfig config;
  private static String hash;

  @TempDir private Path folder;

  @BeforeAll
  static void read() throws IOException {
    try (GgufFile file = GgufFile.open(TINY)) {
      config = Architecture.configOf(file);
    }
    hash = ModelHash.of(TINY);
  }

  private static SparsityLevel level(double target, float scale) {
    List<LayerLevel> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      float t = scale * (layer + 1);
      layers.add(new LayerLevel(t, 0, 0, t / 2, 0, 0, 0, t / 4));
    }
    return new ThresholdLevel(target, target + 0.01, target / 2, layers);
  }

  private static SparsityFile file() {
    List<float[]> means = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      float[] mean = new float[config.ffnHidden()];
      Arrays.fill(mean, 0.5f * (layer + 1));
      mean[7] = 0;
      means.add(mean);
    }
    return new SparsityFile(
        SparsityFile.VERSION,
        new CalibratedModel("model.gguf", hash, "as-is"),
        ThresholdMethod.CHESS,
        0.12,
        4096,
        14.5,
        15.25,
        config.ffnHidden(),
        means,
        List.of(level(0.05, 0.1f), level(0.1, 0.2f), level(0.12, 0.3f)));
  }

  private static SparsityFile skipping() {
    List<SparsityLevel> levels = new ArrayList<>();
    for (double target : new double[] {0.05, 0.1}) {
      FfnSkipping rule = new FfnSkipping((float) (1 - target), 1, 1, 1, 25);
      levels.add(new SkippingLevel(target, target, target / 2, rule));
    }
    return new SparsityFile(
        SparsityFile.VERSION,
        new CalibratedModel("model.gguf", hash, "as-is"),
        ThresholdMethod.FFN_SKIP,
        0.1,
        4096,
        14.5,
        15.25,
        config.ffnHidden(),
        List.of(),
        levels);
  }

  private Path written() throws IOException {
    Path path = folder.resolve("model.chess.json");
    file().write(path);
    return path;
  }

  private static SparsityFile read(Path path) throws IOException {
    return SparsityFile.read(path, config, hash);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    SparsityFile expected = file();
    SparsityFile actual = read(written());
    assertEquals(expected.model(), actual.model());
    assertEquals(expected.method(), actual.method());
    assertEquals(expected.target(), actual.target());
    assertEquals(expected.tokens(), actual.tokens());
    assertEquals(expected.perplexityBefore(), actual.perplexityBefore());
    assertEquals(expected.perplexityAfter(), actual.perplexityAfter());
    assertEquals(expected.levels(), actual.levels());
    assertArrayEquals(
        expected.upMeans().toArray(float[][]::new), actual.upMeans().toArray(float[][]::new));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void aRuleForSkippingIsWrittenAndRead() throws IOException {
    Path path = folder.resolve("model.ffn-skip.json");
    skipping().write(path);
    SparsityFile actual = read(path);
    assertEquals(skipping(), actual);
    assertEquals(new FfnSkipping(0.95f, 1, 1, 1, 25), actual.at(0.07));
    assertEquals(new FfnSkipping(0.9f, 1, 1, 1, 25), actual.at(0.1));
    assertThrows(InvalidRequest.class, () -> actual.at(0.15));
    assertThrows(InvalidRequest.class, () -> actual.at(0.04));
  }

  @ParameterizedTest
  @CsvSource({"0.05, 0.1", "0.07, 0.1", "0.0999, 0.1", "0.1, 0.2", "0.11, 0.2", "0.12, 0.3"})
  void theHighestLevelNotAboveATargetIsTaken(double target, float scale) {
    Thresholds thresholds = (Thresholds) file().at(target);
    LayerThresholds second = thresholds.layers().get(1);
    assertEquals(2 * scale, second.query());
    assertEquals(scale, second.output());
    assertEquals(0, second.up());
    assertEquals(scale / 2, second.neurons()[0], 1e-7, "T / m, and m is 1");
    assertEquals(Float.MAX_VALUE, second.neurons()[7], "always left out where m is 0");
  }

  @Test
  void withoutMeansAllNeuronsHaveOneThreshold() {
    List<LayerLevel> layers = List.of(new LayerLevel(0, 0, 0, 0, 0, 0, 0, 0.25f));
    float[] expected = {0.25f, 0.25f, 0.25f};
    assertArrayEquals(
        expected, SparsityFile.thresholds(layers, List.of(), 3).layers().getFirst().neurons());
  }

  @Test
  void targetsOutsideOfTheCalibrationAreRefused() {
    String above = assertThrows(InvalidRequest.class, () -> file().at(0.2)).getMessage();
    assertTrue(above.contains("calibrated for at most 0.12"), above);
    assertTrue(above.contains("--sparsity 0.2"), above);
    String below = assertThrows(InvalidRequest.class, () -> file().at(0.04)).getMessage();
    assertTrue(below.contains("is 0.05"), below);
    assertThrows(InvalidRequest.class, () -> file().at(Double.NaN));
  }

  private static String refusal(Path path, String from, String to) throws IOException {
    String json = Files.readString(path);
    assertTrue(json.contains(from), json);
    int at = json.indexOf(from);
    Files.writeString(path, json.substring(0, at) + to + json.substring(at + from.length()));
    return refusal(path);
  }

  private static String refusal(Path path) {
    String message = assertThrows(ModelFormatException.class, () -> read(path)).getMessage();
    assertTrue(message.startsWith(path + ": "), message);
    assertTrue(message.endsWith("; make the file anew with lanewise calibrate"), message);
    return message;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"version\":1 | \"version\":2 | : version: 2, but",
        "\"version\":1 | \"version\":\"1\" | : version: ",
        "\"version\":1 | \"format\":1 | : version: ",
        "\"chess\" | \"magic\" | : method: ",
        "\"chess\" | \"cats\" | : upMeans: 4, where the model needs 0",
        "\"query\":0.1 | \"query\":-0.1 | : levels[0].layers[0]: query has a threshold of -0.1",
        "\"query\":0.1 | \"query\":1e999 | : levels[0].layers[0]: query has a threshold of Inf",
        "\"query\":0.1 | \"query\":\"NaN\" | : levels[0].layers[0]: query has a threshold of NaN",
        "\"query\":0.1 | \"query\":NaN | NaN",
        "\"query\":0.1 | \"query\":\"0.1\" | : levels[0].layers[0].query: ",
        "\"query\":0.1 | \"query\":null | : levels[0].layers[0].query: ",
        "\"query\":0.1 | \"quert\":0.1 | : levels[0].layers[0].query: Missing",
        "\"tokens\":4096, | \"tokens\":4096,\"more\":1, | : more: Unrecognized",
        "\"upMeans\":[[0.5 | \"upMeans\":[[-0.5 | : upMeans[0]: has -0.5",
        "\"upMeans\":[[0.5, | \"upMeans\":[[ | : upMeans[0]: 95, where the model needs 96",
        "\"neurons\":96 | \"neurons\":95 | : neurons: 95, where the model needs 96",
        "\"target\":0.12, | \"target\":0.2, | : levels: ",
        "\"target\":0.05 | \"target\":0.11 | : levels[1].target: ",
        "\"target\":0.05 | \"target\":0 | : levels[0]: target 0.0",
        "\"tokens\":4096, | '' | tokens",
      })
  void damagedFieldsAreNamed(String from, String to, String expected) throws IOException {
    String message = refusal(written(), from, to.equals("''") ? "" : to);
    assertTrue(message.contains(expected), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"threshold\":0.95 | \"threshold\":\"NaN\" | : levels[0].skipping: the threshold is NaN",
        "\"threshold\":0.95 | \"threshold\":1e999 | : levels[0].skipping: the threshold is Inf",
        "\"threshold\":0.95 | \"threshold\":null | : levels[0].skipping.threshold: ",
        "\"threshold\":0.95 | \"treshold\":0.95 | : levels[0].skipping.threshold: Missing",
        "\"mostInARow\":1 | \"mostInARow\":0 | : levels[0].skipping: at least 1 block",
        "\"protectedFirst\":1 | \"protectedFirst\":-1 | : levels[0].skipping: protected",
        "\"protectedFirst\":1 | \"protectedFirst\":3 | : levels[0].skipping: leaves no block",
        "\"warmUpTokens\":25 | \"warmUpTokens\":2.5 | : levels[0].skipping.warmUpTokens: ",
        "\"target\":0.05 | \"target\":2 | : levels[0]: target 2.0",
        "\"skipping\": | \"skip\": | : levels[0]",
        "\"ffn-skip\" | \"cats\" | : levels[0]: has what cats does not work with",
        "\"upMeans\":[] | \"upMeans\":[[1]] | : upMeans: 1, where the model needs 0",
      })
  void damagedFieldsOfSkippingAreNamed(String from, String to, String expected) throws IOException {
    Path path = folder.resolve("model.ffn-skip.json");
    skipping().write(path);
    String message = refusal(path, from, to);
    assertTrue(message.contains(expected), message);
  }

  @Test
  void thresholdsAreNoRuleForSkipping() throws IOException {
    String message = refusal(written(), "\"chess\"", "\"ffn-skip\"");
    assertTrue(message.contains(": upMeans: 4, where the model needs 0"), message);
  }

  @Test
  void aLevelWithoutABlockIsRefused() throws IOException {
    String block =
        Files.readString(written()).replaceAll("(?s).*?\"layers\":\\[(\\{.*?\\},).*", "$1");
    String message = refusal(written(), block, "");
    assertTrue(message.contains(": levels[0].layers: 3, where the model needs 4"), message);
  }

  @Test
  void anotherModelIsRefused() throws IOException {
    String message =
        refusal(written(), hash, hash.replace(hash.charAt(0), hash.charAt(0) == '0' ? '1' : '0'));
    assertTrue(message.contains(": model.sha256: for another model (model.gguf)"), message);
    assertNotEquals(hash, ModelHash.of(TINY.resolveSibling("../qwen2/model.gguf")));
  }

  @Test
  void aFileThatIsCutOffIsRefused() throws IOException {
    String json = Files.readString(written());
    for (int length : new int[] {0, 1, 20, json.length() / 2, json.length() - 1}) {
      refusal(Files.writeString(folder.resolve("cut.json"), json.substring(0, length)));
    }
    refusal(Files.writeString(folder.resolve("more.json"), json + "1"));
  }

  @Test
  void anAbsurdlyLargeFileIsNotRead() throws IOException {
    Path path = folder.resolve("large.json");
    try (RandomAccessFile large = new RandomAccessFile(path.toFile(), "rw")) {
      large.setLength((64L << 20) + 1);
    }
    assertTrue(refusal(path).contains(": size: 67108865 bytes"));
  }

  @Test
  void aChangedBitOfTheModelChangesItsHash() throws IOException {
    byte[] bytes = Files.readAllBytes(TINY);
    bytes[bytes.length - 1] ^= 1;
    Path changed = Files.write(folder.resolve("changed.gguf"), bytes);
    assertNotEquals(hash, ModelHash.of(changed));
    assertEquals(hash, ModelHash.of(Files.copy(TINY, folder.resolve("copy.gguf"))));
  }
}
