package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.Architecture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Published quantized weights compute what the same weights compute that are stored in F32. */
final class QuantizedCheckpointTest {
  private static final Path ALL =
      Path.of(System.getProperty("lanewise.models")).resolve("quantized");
  private static final int[] TOKENS = IntStream.range(0, 40).map(i -> 5 + i * 29 % 59).toArray();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gptq",
        "gptq-8bit",
        "gptq-experts",
        "packed",
        "fp8-plain",
        "mxfp4",
        "nvfp4",
        "nvfp4-modelopt"
      })
  void computesWhatItsWeightsComputeInF32(String name) throws IOException {
    float[] expected = logits(ALL.resolve(name + "/dequantized"));
    assertArrayEquals(expected, logits(ALL.resolve(name)), 1e-4f);
  }

  /** A rounding of each weight, or of the minimum of a block, at the 11 bits of F16. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gptq-asymmetric",
        "gptq-act-order",
        "awq",
        "packed-asymmetric",
        "int8",
        "float8",
        "fp8-blocks",
        "fp8"
      })
  void computesTheSameButForRoundingsToF16(String name) throws IOException {
    float[] expected = logits(ALL.resolve(name + "/dequantized"));
    float[] actual = logits(ALL.resolve(name));
    double squares = 0;
    double errors = 0;
    for (int i = 0; i < expected.length; i++) {
      squares += Math.pow(expected[i], 2);
      errors += Math.pow(actual[i] - expected[i], 2);
    }
    assertEquals(0, Math.sqrt(errors / squares), 0.002);
  }

  private static float[] logits(Path folder) throws IOException {
    try (ThreadTeam team = new ThreadTeam(2);
        StoredModel file = StoredModel.open(folder);
        Transformer transformer =
            new Transformer(
                file,
                Architecture.configOf(file),
                Kernels.best(),
                team,
                TOKENS.length,
                false,
                LoadProgress.SILENT);
        KvCache cache = transformer.newCache(KvFormat.F32)) {
      return transformer.prefillAllLogits(cache, TOKENS, 0, TOKENS.length).clone();
    }
  }
}
