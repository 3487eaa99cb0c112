package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Models whose weights are converted when they are loaded, beside the same left as they are. */
final class WeightFormatTest {
  private static final Path FILES = Path.of(System.getProperty("lanewise.models"));
  private static final String DEFAULT = "SmolLM2-135M-Instruct.Q4_1.gguf";
  private static final List<String> TINY =
      List.of("tiny/llama/model.gguf", "tiny/llama-tied/model.gguf", "tiny/qwen2/model.gguf");
  private static final int PROMPT = 48;
  private static final int STEPS = 4;

  private static ThreadTeam team;

  @BeforeAll
  static void start() {
    team = new ThreadTeam(2);
  }

  @AfterAll
  static void close() {
    team.close();
  }

  static List<Arguments> conversions() {
    List<Arguments> conversions = new ArrayList<>();
    for (BlockFormat format : BlockFormat.values()) {
      if (96 % format.blockSize() == 0) { // the length of rows of the tiny models
        TINY.forEach(model -> conversions.add(Arguments.of(model, format)));
      }
    }
    conversions.add(Arguments.of(DEFAULT, BlockFormat.NVFP4));
    return conversions;
  }

  /** Since a container that is too small is refused before weights are packed. */
  @ParameterizedTest
  @MethodSource("conversions")
  void bytesAreKnownBeforePacking(String model, BlockFormat format) throws IOException {
    for (Optional<BlockFormat> weights :
        List.of(Optional.<BlockFormat>empty(), Optional.of(format))) {
      try (GgufFile file = GgufFile.open(FILES.resolve(model));
          Transformer transformer =
              new Transformer(
                  file,
                  Architecture.configOf(file),
                  Kernels.best(),
                  team,
                  PROMPT,
                  true,
                  new WeightOptions(weights, Optional.empty()),
                  LoadProgress.SILENT)) {
        assertEquals(
            transformer.weightSizes().bytes(),
            Transformer.packedBytes(file, transformer.config(), Kernels.best(), weights));
      }
    }
  }

  private static float[] logits(String model, Optional<BlockFormat> weights, boolean prompt)
      throws IOException {
    try (GgufFile file = GgufFile.open(FILES.resolve(model));
        Transformer transformer =
            new Transformer(
                file,
                Architecture.configOf(file),
                Kernels.best(),
                team,
                PROMPT,
                true,
                new WeightOptions(weights, Optional.empty()),
                LoadProgress.SILENT);
        KvCache cache = transformer.newCache(KvFormat.F32)) {
      int vocabulary = transformer.config().vocabulary();
      int[] tokens = new Random(5).ints(PROMPT, 0, vocabulary).toArray();
      if (prompt) {
        return transformer.prefillAllLogits(cache, tokens, 0, PROMPT);
      }
      float[] all = new float[STEPS * vocabulary];
      for (int i = 0; i < STEPS; i++) {
        float[] logits = transformer.decode(cache, tokens[i]);
        System.arraycopy(logits, 0, all, i * vocabulary, vocabulary);
      }
      return all;
    }
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  /** Random models have no likely tokens: an error of the weights goes through to the logits. */
  private static double leastCosine(BlockFormat format) {
    return switch (format) {
      case F32, BF16 -> 1;
      case F16 -> 0.99999;
      case Q8_0 -> 0.998;
      case Q5_0, Q5_1 -> 0.97;
      case Q4_0, Q4_1, IQ4_NL, NVFP4 -> 0.9;
      default -> 0.8;
    };
  }

  @ParameterizedTest
  @MethodSource("conversions")
  void logitsComeCloseToThoseOfTheFile(String model, BlockFormat format) throws IOException {
    for (boolean prompt : new boolean[] {true, false}) {
      float[] expected = logits(model, Optional.empty(), prompt);
      float[] actual = logits(model, Optional.of(format), prompt);
      if (format == BlockFormat.BF16 || format == BlockFormat.F32) {
        // The files' weights are BF16. C2's exponential differs from the interpreter's in the last
        // bit.
        assertArrayEquals(expected, actual, 1e-4f);
      } else {
        assertFalse(Arrays.equals(expected, actual), "the option has an effect");
        double cosine = cosine(expected, actual);
        assertTrue(cosine >= leastCosine(format), model + " in " + format + ": " + cosine);
      }
    }
  }

  @Test
  void rowsThatDoNotFillBlocksAreRefusedByTheNameOfTheTensor() {
    Optional<BlockFormat> nvfp4 = Optional.of(BlockFormat.NVFP4);
    for (String model : TINY) {
      InvalidRequest refusal = assertThrows(InvalidRequest.class, () -> logits(model, nvfp4, true));
      assertEquals(
          "weights: NVFP4 has blocks of 64, which rows of 96 weights do not fill"
              + " (blk.0.ffn_down.weight); choose another format",
          refusal.getMessage());
    }
  }
}
