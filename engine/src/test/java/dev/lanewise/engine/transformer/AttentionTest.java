package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.math.Rope;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Biases;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares attention over a cache with its formula, around the bounds of blocks and segments. */
final class AttentionTest {
  private static final float[] NONE = {};
  private static final int POSITIONS = 1100;
  private static final int CHUNK = 100;
  private static final int LAYERS = 2;
  private static final Set<Integer> CHECKED =
      Set.of(
          0, 1, 15, 16, 30, 31, 32, 33, 63, 64, 254, 255, 256, 257, 287, 288, 511, 512, 767, 768,
          1022, 1023, 1024, 1025, 1055, 1056, 1098, 1099);

  private static ModelConfig config(int headDim, int heads, int kvHeads) {
    return new ModelConfig(
        "test",
        "test",
        1,
        POSITIONS,
        LAYERS,
        32,
        FeedForwardForm.GATED_SILU,
        32,
        heads,
        kvHeads,
        headDim,
        0,
        1,
        0,
        Rope.Layout.HALVES,
        1,
        true,
        Biases.NONE,
        FamilyTraits.llama(headDim));
  }

  @ParameterizedTest
  @CsvSource({
    "16, 4, 1",
    "32, 2, 2",
    "64, 9, 3",
    "80, 4, 2",
    "96, 7, 1",
    "128, 8, 2",
    "256, 5, 1",
    "64, 70, 1"
  })
  void attentionFollowsItsFormula(int headDim, int heads, int kvHeads) {
    for (KvFormat format : KvFormat.values()) {
      double tolerance =
          switch (format) {
            case BF16 -> 0.01;
            case INT8 -> 0.05;
            case F32 -> 2e-6;
          };
      compare(config(headDim, heads, kvHeads), format, tolerance);
    }
  }

  private static void compare(ModelConfig config, KvFormat format, double tolerance) {
    Random random = new Random(config.headDim());
    float[] keys = gaussians(POSITIONS * config.kvDim(), random);
    float[] values = gaussians(POSITIONS * config.kvDim(), random);
    Columns columns = new Columns(config, CHUNK);
    LayerWeights weights =
        new LayerWeights(
            NormWeights.NONE,
            null,
            null,
            null,
            NONE,
            NONE,
            NONE,
            NONE,
            NONE,
            NONE,
            null,
            NONE,
            NormWeights.NONE,
            NormWeights.NONE,
            null,
            null,
            null,
            NONE,
            NONE,
            null,
            NormWeights.NONE);
    LayerRopes ropes = new LayerRopes(config, 0, NONE);
    try (ThreadTeam team = new ThreadTeam(2);
        KvCache cache = KvCache.alone(config, format, POSITIONS)) {
      Attention attention = new Attention(config, Kernels.best(), ropes, team.size(), CHUNK);
      while (cache.length() < POSITIONS) {
        int first = cache.length();
        // The last position comes alone, as in decoding.
        int count = Math.min(CHUNK, Math.max(1, POSITIONS - 1 - first));
        cache.reserve(first + count);
        columns.clear();
        columns.addPrompt(cache, new int[count], 0, count, Sparsity.NONE);
        float[] queries = gaussians(count * config.queryDim(), random);
        int query = config.queryDim();
        int kv = config.kvDim();
        for (int c = 0; c < count; c++) {
          System.arraycopy(queries, c * query, columns.query, c * columns.queryStride, query);
          System.arraycopy(keys, (first + c) * kv, columns.key, c * columns.kvStride, kv);
          System.arraycopy(values, (first + c) * kv, columns.value, c * columns.kvStride, kv);
        }
        attention.plan(columns);
        team.run(
            (member, size) -> {
              attention.store(weights, LAYERS - 1, member, size);
              team.barrier();
              attention.attend(weights, LAYERS - 1, member);
            });
        for (int c = 0; c < count; c++) {
          if (CHECKED.contains(first + c)) {
            check(config, columns, c, keys, values, tolerance);
          }
        }
        cache.advance(count);
      }
    }
  }

  private static void check(
      ModelConfig config,
      Columns columns,
      int column,
      float[] keys,
      float[] values,
      double tolerance) {
    int headDim = config.headDim();
    int positions = columns.positions[column] + 1;
    for (int head = 0; head < config.heads(); head++) {
      int kvHead = head / (config.heads() / config.kvHeads());
      double[] weights = new double[positions];
      double total = 0;
      for (int p = 0; p < positions; p++) {
        double score = 0;
        for (int d = 0; d < headDim; d++) {
          score +=
              (double) columns.query[column * columns.queryStride + head * headDim + d]
                  * keys[p * config.kvDim() + kvHead * headDim + d];
        }
        weights[p] = Math.exp(score / Math.sqrt(headDim));
        total += weights[p];
      }
      for (int d = 0; d < headDim; d++) {
        double expected = 0;
        for (int p = 0; p < positions; p++) {
          expected += weights[p] / total * values[p * config.kvDim() + kvHead * headDim + d];
        }
        int at = column * columns.attended.stride() + head * headDim + d;
        assertEquals(
            expected,
            columns.attended.floats()[at],
            tolerance * Math.max(1, Math.abs(expected)),
            "position %d, head %d, element %d".formatted(positions - 1, head, d));
      }
    }
  }

  private static float[] gaussians(int n, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }
}
