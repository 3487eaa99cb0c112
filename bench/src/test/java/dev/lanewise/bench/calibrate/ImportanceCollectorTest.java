package dev.lanewise.bench.calibrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.TensorInfo;
import dev.lanewise.model.quantize.ImportanceMatrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums of squares of a tiny model's inputs. */
final class ImportanceCollectorTest {
  private static final int WINDOW = 32;
  private static final int WINDOWS = 3;

  private static GgufFile file;
  private static ThreadTeam team;
  private static Transformer transformer;
  private static int[] tokens;

  @BeforeAll
  static void load() throws IOException {
    file = GgufFile.open(Path.of(System.getProperty("lanewise.models"), "tiny/llama/model.gguf"));
    team = new ThreadTeam(2);
    transformer = transformer(file);
    int vocabulary = transformer.config().vocabulary();
    tokens = new Random(1).ints(WINDOWS * WINDOW + 20, 0, vocabulary).toArray();
  }

  private static Transformer transformer(GgufFile model) throws IOException {
    return new Transformer(
        model,
        Architecture.configOf(model),
        Kernels.best(),
        team,
        WINDOW,
        false,
        LoadProgress.SILENT);
  }

  @AfterAll
  static void close() {
    transformer.close();
    team.close();
    file.close();
  }

  private static float[] row(TensorInfo tensor, long row) {
    float[] values = new float[(int) tensor.cols()];
    long at = row * tensor.format().bytesFor(tensor.cols());
    tensor.format().decode(file.data(tensor), at, values, 0, values.length);
    return values;
  }

  /** The first norm of the tokens' embeddings is what the first matrices get. */
  @Test
  void sumsTheSquaresOfWhatEachMatrixGets() {
    List<Integer> progress = new ArrayList<>();
    ImportanceMatrix matrix =
        ImportanceCollector.collect(transformer, KvFormat.F32, tokens, WINDOW, progress::add);
    assertEquals(List.of(1, 2, 3), progress);

    float[] norm = row(file.tensor("blk.0.attn_norm.weight").orElseThrow(), 0);
    float[] expected = new float[norm.length];
    for (int i = 0; i < WINDOWS * WINDOW; i++) {
      float[] x = row(file.tensor("token_embd.weight").orElseThrow(), tokens[i]);
      double squares = 0;
      for (float value : x) {
        squares += value * value;
      }
      double factor = 1 / Math.sqrt(squares / x.length + transformer.config().normEpsilon());
      for (int k = 0; k < x.length; k++) {
        expected[k] += (float) Math.pow(x[k] * factor * norm[k], 2);
      }
    }
    for (String name : List.of("attn_q", "attn_k", "attn_v")) {
      ImportanceMatrix.Inputs inputs = matrix.inputs().get("blk.0." + name + ".weight");
      assertArrayEquals(expected, inputs.sums(), 1e-3f);
      assertArrayEquals(new float[] {WINDOWS * WINDOW}, inputs.counts());
    }
  }

  /** Of tensors with several matrices side by side, and of experts, as many vectors as they get. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2", "phi3", "gpt2", "mixtral", "granite-moe", "gpt-oss"})
  void hasTheInputsOfEveryMatrix(String name) throws IOException {
    Path path = Path.of(System.getProperty("lanewise.models"), "tiny", name, "model.gguf");
    try (GgufFile model = GgufFile.open(path);
        Transformer reader = transformer(model)) {
      ImportanceMatrix matrix =
          ImportanceCollector.collect(reader, KvFormat.F32, tokens, WINDOW, done -> {});
      int used = reader.config().traits().experts().used();
      for (TensorInfo tensor : model.tensors()) {
        boolean router = tensor.name().contains("ffn_gate_inp");
        boolean bias = tensor.name().endsWith(".bias");
        if (!tensor.name().startsWith("blk.") || tensor.dims().size() < 2 || router || bias) {
          continue;
        }
        ImportanceMatrix.Inputs inputs = matrix.inputs().get(tensor.name());
        assertNotNull(inputs, tensor.name());
        boolean stack = tensor.dims().size() == 3;
        int matrices = stack ? tensor.dims().get(2).intValue() : 1;
        assertEquals(matrices, inputs.counts().length, tensor.name());
        assertEquals(tensor.cols() * matrices, inputs.sums().length, tensor.name());
        double vectors = 0;
        for (int i = 0; i < matrices; i++) {
          vectors += inputs.counts()[i];
          float first = inputs.sums()[Math.toIntExact(i * tensor.cols())];
          assertEquals(inputs.counts()[i] > 0, first > 0, tensor.name() + " of expert " + i);
        }
        assertEquals(WINDOWS * WINDOW * (stack ? used : 1), vectors, tensor.name());
      }
    }
  }

  @Test
  void aTextThatFillsNoWindowIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            ImportanceCollector.collect(
                transformer, KvFormat.F32, new int[WINDOW - 1], WINDOW, done -> {}));
  }
}
