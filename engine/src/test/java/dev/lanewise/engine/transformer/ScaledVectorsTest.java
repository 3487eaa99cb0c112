package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.TensorInfo;
import dev.lanewise.model.quantize.ImportanceMatrix;
import dev.lanewise.model.quantize.Quantization;
import dev.lanewise.model.quantize.TensorFormats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Models whose vectors between matrices are scaled when they are quantized compute what they did.
 */
final class ScaledVectorsTest {
  private static final int TOKENS = 40;

  @TempDir private Path folder;

  /** With 8 bits a weight, which lose little. */
  private Path quantized(String model, boolean search) throws IOException {
    Path out = folder.resolve(search + ".gguf");
    try (GgufFile file = GgufFile.open(LoadedModel.path(model));
        ThreadTeam team = new ThreadTeam(2)) {
      TensorFormats formats =
          new TensorFormats(BlockFormat.Q8_0, Optional.empty(), Optional.empty());
      new Quantization(file, formats, Optional.of(importance(file)), search)
          .writeTo(out, team, done -> {});
    }
    return out;
  }

  /** Inputs of every matrix whose columns differ much. */
  private static ImportanceMatrix importance(GgufFile file) {
    Random random = new Random(7);
    Map<String, ImportanceMatrix.Inputs> inputs = new LinkedHashMap<>();
    Map<Long, float[]> squares = new LinkedHashMap<>();
    for (TensorInfo tensor : file.tensors()) {
      if (tensor.dims().size() == 2) {
        // Of the same length the same, as those of matrices with the same input have to be.
        float[] ofColumns =
            squares.computeIfAbsent(
                tensor.cols(),
                cols -> {
                  float[] drawn = new float[Math.toIntExact(cols)];
                  for (int i = 0; i < drawn.length; i++) {
                    drawn[i] = (float) Math.exp(2 * random.nextGaussian());
                  }
                  return drawn;
                });
        inputs.put(tensor.name(), new ImportanceMatrix.Inputs(ofColumns, new float[] {1}));
      }
    }
    return new ImportanceMatrix(inputs);
  }

  private static float[] logits(Path path) throws IOException {
    try (LoadedModel model = new LoadedModel(path.toString(), false);
        KvCache cache = model.transformer.newCache(KvFormat.F32)) {
      return model.transformer.prefillAllLogits(cache, model.tokens(TOKENS, 5), 0, TOKENS);
    }
  }

  /** The root mean square of what one has more than the other. */
  private static double difference(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(squares / a.length);
  }

  /** How many tensors of a kind differ between two files. */
  private static int changed(Path a, Path b, String ending) throws IOException {
    int changed = 0;
    try (GgufFile one = GgufFile.open(a);
        GgufFile two = GgufFile.open(b)) {
      for (TensorInfo tensor : one.tensors()) {
        boolean differs =
            one.data(tensor).mismatch(two.data(two.tensor(tensor.name()).orElseThrow())) >= 0;
        changed += tensor.name().endsWith(ending) && differs ? 1 : 0;
      }
    }
    return changed;
  }

  /**
   * Whether norms, values and products are scaled, as the family allows it: those of gpt-oss have
   * experts, OLMo 2 has no norms before its parts, and GPT-2, NeoX and BLOOM have no gates.
   */
  @ParameterizedTest
  @CsvSource({
    "llama, true, true",
    "qwen2, true, true",
    "qwen3, true, true",
    "gemma2, true, true",
    "gemma3, true, true",
    "phi3, true, true",
    "granite, true, true",
    "smollm3, true, true",
    "olmo2, false, true",
    "gpt2, true, false",
    "gpt-neox, true, false",
    "bloom, true, false",
    "granite-moe, true, false",
    "gpt-oss, true, false"
  })
  void modelsComputeTheSame(String name, boolean norms, boolean products) throws IOException {
    String source = "tiny/" + name + "/model.gguf";
    Path plain = quantized(source, false);
    Path scaled = quantized(source, true);
    assertTrue(norms == changed(plain, scaled, "attn_norm.weight") > 0, "norms of attention");
    assertTrue(products == changed(plain, scaled, "ffn_down.weight") > 0, "products");
    assertTrue(changed(plain, scaled, "attn_output.weight") > 0, "values");
    float[] expected = logits(LoadedModel.path(source));
    double usual = difference(expected, logits(plain));
    double difference = difference(expected, logits(scaled));
    // Inputs are not as the importance says: where they are large, the weights are less exact now.
    assertTrue(difference < 5 * usual, difference + " is far from " + usual);
  }
}
