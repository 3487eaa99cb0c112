package dev.lanewise.bench.calibrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
    transformer =
        new Transformer(
            file,
            Architecture.configOf(file),
            Kernels.best(),
            team,
            WINDOW,
            false,
            LoadProgress.SILENT);
    int vocabulary = transformer.config().vocabulary();
    tokens = new Random(1).ints(WINDOWS * WINDOW + 20, 0, vocabulary).toArray();
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
    file.tensors().stream()
        .filter(tensor -> tensor.name().startsWith("blk.") && tensor.dims().size() == 2)
        .forEach(
            tensor ->
                assertEquals(tensor.cols(), matrix.inputs().get(tensor.name()).sums().length));
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
