package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import dev.lanewise.model.config.SlidingWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares attention over a cache with its formula, around the bounds of blocks and segments. */
final class AttentionTest {
  private static final float[] NONE = {};
  private static final NormWeights NO_NORM = NormWeights.NONE;
  private static final int POSITIONS = 1100;
  private static final int CHUNK = 100;
  private static final int LAYERS = 2;
  private static final Set<Integer> CHECKED =
      Set.of(
          0, 1, 15, 16, 30, 31, 32, 33, 63, 64, 254, 255, 256, 257, 287, 288, 511, 512, 767, 768,
          1022, 1023, 1024, 1025, 1055, 1056, 1098, 1099);

  /** The formula of a bias. */
  interface BiasFormula {
    double of(int head, int query, int key);
  }

  /** What attention does beside softmax, and the formula of its bias. */
  record Form(PositionBias bias, BiasFormula formula, Reach reach, int window) {
    static final Form CAUSAL =
        new Form(PositionBias.NONE, (head, query, key) -> 0, Reach.CAUSAL, 0);

    /** Whether a query attends to a key, if there are {@code end} positions so far. */
    boolean sees(int query, int key, int end) {
      boolean causal = reach == Reach.CAUSAL;
      boolean near =
          window == 0 || (causal ? query - key < window : Math.abs(query - key) <= window / 2);
      return near && key < end && (!causal || key <= query);
    }
  }

  private static ModelConfig config(int headDim, int heads, int kvHeads, int window) {
    FamilyTraits traits = FamilyTraits.llama(headDim);
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
        new FamilyTraits(
            traits.norm(),
            traits.normPlace(),
            traits.queryNorm(),
            traits.positions(),
            traits.others(),
            traits.embeddingScale(),
            traits.residualScale(),
            traits.attentionScale(),
            traits.logitScale(),
            traits.attentionSoftcap(),
            traits.logitSoftcap(),
            new SlidingWindow(window, SlidingWindow.ALL, SlidingWindow.ALL - 1, 1),
            traits.yarn(),
            traits.experts(),
            traits.ropelessPeriod(),
            traits.buckets(),
            traits.encoder()));
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
      compare(config(headDim, heads, kvHeads, 0), Form.CAUSAL, format, tolerance);
    }
  }

  private static List<Form> forms() {
    Random random = new Random(5);
    PositionBias linear = new LinearBias(6);
    BiasFormula linearFormula =
        (head, query, key) ->
            -new double[] {1 / 4., 1 / 16., 1 / 64., 1 / 256., 1 / 2., 1 / 8.}[head]
                * Math.abs(query - key);
    float[] table = gaussians(32 * 6, random);
    PositionBias bothWays = new BucketBias(Kernels.best().floats(), List.of(table), 6, 128, true);
    BiasFormula bothWaysFormula =
        (head, query, key) -> table[BucketBias.bucket(key - query, 32, 128, true) * 6 + head];
    PositionBias before = new BucketBias(Kernels.best().floats(), List.of(table), 6, 40, false);
    BiasFormula beforeFormula =
        (head, query, key) -> table[BucketBias.bucket(key - query, 32, 40, false) * 6 + head];
    PositionBias none = PositionBias.NONE;
    BiasFormula noFormula = (head, query, key) -> 0;
    return List.of(
        new Form(none, noFormula, Reach.CAUSAL, 48),
        new Form(linear, linearFormula, Reach.CAUSAL, 0),
        new Form(linear, linearFormula, Reach.CAUSAL, 300),
        new Form(before, beforeFormula, Reach.CAUSAL, 0),
        new Form(none, noFormula, Reach.BIDIRECTIONAL, 0),
        new Form(none, noFormula, Reach.BIDIRECTIONAL, 1),
        new Form(none, noFormula, Reach.BIDIRECTIONAL, 64),
        new Form(none, noFormula, Reach.BIDIRECTIONAL, 701),
        new Form(linear, linearFormula, Reach.BIDIRECTIONAL, 0),
        new Form(bothWays, bothWaysFormula, Reach.BIDIRECTIONAL, 0));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void formsOfAttentionFollowTheirFormulas(Form form) {
    compare(config(16, 6, 6, form.window()), form, KvFormat.F32, 4e-6);
    compare(config(24, 6, 2, form.window()), form, KvFormat.F32, 4e-6);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void neitherCompanyNorThreadsChangeAResult(Form form) {
    ModelConfig config = config(16, 6, 2, form.window());
    int[] lengths = {1, 300, 31, 33, 270};
    int all = Arrays.stream(lengths).sum();
    float[] together = attendAtOnce(config, form, lengths, 3, 0);
    assertArrayEquals(together, attendAtOnce(config, form, lengths, 1, 0));
    int first = 0;
    for (int length : lengths) {
      float[] alone = attendAtOnce(config, form, new int[] {length}, 2, first);
      int queryDim = config.queryDim();
      assertArrayEquals(
          Arrays.copyOfRange(together, first * queryDim, (first + length) * queryDim), alone);
      first += length;
    }
    assertEquals(all, first);
  }

  /**
   * What the columns of some sequences find, all in one pass.
   *
   * @param seed of the first column; those of the others follow
   * @return {@code [columns, queryDim]}
   */
  private static float[] attendAtOnce(
      ModelConfig config, Form form, int[] lengths, int members, int seed) {
    int count = Arrays.stream(lengths).sum();
    Columns columns = new Columns(config, count);
    List<KvCache> caches = new ArrayList<>();
    try (ThreadTeam team = new ThreadTeam(members)) {
      for (int length : lengths) {
        KvCache cache = KvCache.alone(config, KvFormat.BF16, length);
        caches.add(cache);
        cache.reserve(length);
        columns.addPrompt(cache, new int[length], 0, length, Sparsity.NONE);
      }
      for (int c = 0; c < count; c++) {
        Random random = new Random(seed + c);
        float[] query = gaussians(config.queryDim(), random);
        System.arraycopy(query, 0, columns.query, c * columns.queryStride, query.length);
        float[] key = gaussians(config.kvDim(), random);
        System.arraycopy(key, 0, columns.key, c * columns.kvStride, key.length);
        float[] value = gaussians(config.kvDim(), random);
        System.arraycopy(value, 0, columns.value, c * columns.kvStride, value.length);
      }
      attend(attention(config, form, members, count), columns, team);
      float[] attended = new float[count * config.queryDim()];
      for (int c = 0; c < count; c++) {
        int from = c * columns.attended.stride();
        int queryDim = config.queryDim();
        System.arraycopy(columns.attended.floats(), from, attended, c * queryDim, queryDim);
      }
      return attended;
    } finally {
      caches.forEach(KvCache::close);
    }
  }

  private static Attention attention(ModelConfig config, Form form, int members, int mostColumns) {
    LayerRopes ropes = new LayerRopes(config, 0, NONE);
    return new Attention(
        config, Kernels.best(), ropes, form.bias(), form.reach(), members, mostColumns);
  }

  private static void attend(Attention attention, Columns columns, ThreadTeam team) {
    LayerWeights weights =
        new LayerWeights(
            NO_NORM, null, null, null, NONE, NONE, NONE, NONE, NONE, NONE, null, NONE, NO_NORM,
            NO_NORM, null, null, null, NONE, NONE, null, NO_NORM);
    attention.plan(columns);
    team.run(
        (member, size) -> {
          attention.store(weights, LAYERS - 1, member, size);
          team.barrier();
          attention.attend(NONE, LAYERS - 1, member);
        });
  }

  private static void compare(ModelConfig config, Form form, KvFormat format, double tolerance) {
    Random random = new Random(config.headDim());
    float[] keys = gaussians(POSITIONS * config.kvDim(), random);
    float[] values = gaussians(POSITIONS * config.kvDim(), random);
    Columns columns = new Columns(config, CHUNK);
    try (ThreadTeam team = new ThreadTeam(2);
        KvCache cache = KvCache.alone(config, format, POSITIONS)) {
      Attention attention = attention(config, form, team.size(), CHUNK);
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
        attend(attention, columns, team);
        for (int c = 0; c < count; c++) {
          if (CHECKED.contains(first + c)) {
            check(config, form, columns, c, first + count, keys, values, tolerance);
          }
        }
        cache.advance(count);
      }
    }
  }

  private static void check(
      ModelConfig config,
      Form form,
      Columns columns,
      int column,
      int end,
      float[] keys,
      float[] values,
      double tolerance) {
    int headDim = config.headDim();
    int position = columns.positions[column];
    for (int head = 0; head < config.heads(); head++) {
      int kvHead = head / (config.heads() / config.kvHeads());
      double[] weights = new double[end];
      double total = 0;
      for (int p = 0; p < end; p++) {
        if (!form.sees(position, p, end)) {
          continue;
        }
        double score = 0;
        for (int d = 0; d < headDim; d++) {
          score +=
              (double) columns.query[column * columns.queryStride + head * headDim + d]
                  * keys[p * config.kvDim() + kvHead * headDim + d];
        }
        weights[p] = Math.exp(score / Math.sqrt(headDim) + form.formula().of(head, position, p));
        total += weights[p];
      }
      for (int d = 0; d < headDim; d++) {
        double expected = 0;
        for (int p = 0; p < end; p++) {
          expected += weights[p] / total * values[p * config.kvDim() + kvHead * headDim + d];
        }
        int at = column * columns.attended.stride() + head * headDim + d;
        assertEquals(
            expected,
            columns.attended.floats()[at],
            tolerance * Math.max(1, Math.abs(expected)),
            "position %d, head %d, element %d".formatted(position, head, d));
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
