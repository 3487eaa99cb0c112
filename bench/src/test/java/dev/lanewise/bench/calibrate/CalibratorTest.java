package dev.lanewise.bench.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.CalibratedModel;
import dev.lanewise.engine.sparse.FfnSkipping;
import dev.lanewise.engine.sparse.LayerLevel;
import dev.lanewise.engine.sparse.LayerThresholds;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.engine.sparse.SkippingLevel;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.SparsityFile;
import dev.lanewise.engine.sparse.SparsityLevel;
import dev.lanewise.engine.sparse.ThresholdLevel;
import dev.lanewise.engine.sparse.ThresholdMethod;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.engine.transformer.Activation;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calibrates a tiny model with made-up text. */
final class CalibratorTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));
  private static final int WINDOW = 128;
  private static final int WINDOWS = 4;

  private static GgufFile file;
  private static ThreadTeam team;
  private static Transformer transformer;
  private static int[] tokens;

  @BeforeAll
  static void load() throws IOException {
    file = GgufFile.open(MODELS.resolve("tiny/llama/model.gguf"));
    team = new ThreadTeam(2);
    transformer =
        new Transformer(
            file,
            Architecture.configOf(file),
            Kernels.best(),
            team,
            WINDOW,
            true,
            LoadProgress.SILENT);
    int vocabulary = transformer.config().vocabulary();
    tokens = new Random(1).ints(WINDOWS * WINDOW + 50, 0, vocabulary).toArray();
  }

  @AfterAll
  static void close() {
    transformer.close();
    team.close();
    file.close();
  }

  private static SparsityFile calibrate(ThresholdMethod method, double target) {
    return new Calibrator(transformer, KvFormat.BF16, LoadProgress.SILENT)
        .calibrate(new CalibratedModel("m", "h", "as-is"), tokens, WINDOW, method, target);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FFN_SKIP")
  void eachMethodLeavesOutWhatWasAskedFor(ThresholdMethod method) {
    SparsityFile found = calibrate(method, 0.52);
    assertEquals(
        List.of(0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.52),
        found.levels().stream().map(SparsityLevel::target).toList());
    for (SparsityLevel level : found.levels()) {
      assertEquals(level.target(), level.realised(), 0.02, level.target() + " of " + method);
      assertEquals(transformer.config().layers(), ((ThresholdLevel) level).layers().size());
    }
    assertEquals(WINDOWS * WINDOW, found.tokens());
    assertTrue(found.perplexityBefore() > 1);
    assertNotEquals(found.perplexityBefore(), found.perplexityAfter());
    SparsityLevel most = found.levels().getLast();
    assertEquals(shareOfWeights(method) * most.realised(), most.ofAllWeights(), 1e-9);
    assertEquals(method == ThresholdMethod.CHESS ? 4 : 0, found.upMeans().size());
  }

  /** Of four layers the first and last are protected, and one of the others is computed. */
  @Test
  void skipsTheShareOfBlocksThatWasAskedFor() {
    SparsityFile found = calibrate(ThresholdMethod.FFN_SKIP, 0.22);
    assertEquals(
        List.of(0.05, 0.1, 0.15, 0.2, 0.22),
        found.levels().stream().map(SparsityLevel::target).toList());
    for (SparsityLevel level : found.levels()) {
      assertEquals(level.target(), level.realised(), 0.01);
      double share = shareOfWeights(ThresholdMethod.FFN_SKIP);
      assertEquals(share * level.realised(), level.ofAllWeights(), 1e-9);
    }
    FfnSkipping least = ((SkippingLevel) found.levels().getFirst()).skipping();
    FfnSkipping most = ((SkippingLevel) found.levels().getLast()).skipping();
    assertTrue(most.threshold() < least.threshold());
    assertEquals(FfnSkipping.of(4).with(most.threshold()), most);
    assertEquals(most, found.at(0.22));
    assertNotEquals(found.perplexityBefore(), found.perplexityAfter());
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> calibrate(ThresholdMethod.FFN_SKIP, 0.26))
            .getMessage();
    assertTrue(message.startsWith("a sparsity of 0.26; at most 0.250 of the "), message);
  }

  /** What share of all weights the matrices have that a method works on. */
  private static double shareOfWeights(ThresholdMethod method) {
    double worked = 0;
    double all = 0;
    for (Projection projection : Projection.values()) {
      double weights = projection.weights(transformer.config());
      worked += method.projections().contains(projection) ? weights : 0;
      all += weights;
    }
    return worked / all;
  }

  /** Straight from the definition; the last token of a window is predicted and not computed. */
  @Test
  void chessKnowsTheMeanMagnitudeOfEachNeuron() {
    SparsityFile found = calibrate(ThresholdMethod.CHESS, 0.05);
    int layer = 2;
    double[] sums = new double[transformer.config().ffnHidden()];
    int[] seen = {0};
    try (KvCache cache = transformer.newCache(KvFormat.BF16)) {
      for (int window = 0; window < WINDOWS; window++) {
        cache.truncate(0);
        transformer.observe(
            Optional.of(
                (l, activation, position, values, from, count) -> {
                  if (l == layer && activation == Activation.UP && position >= 4) {
                    seen[0]++;
                    for (int i = 0; i < count; i++) {
                      sums[i] += Math.abs(values[from + i]);
                    }
                  }
                }));
        transformer.prefill(cache, tokens, window * WINDOW, WINDOW - 1, false);
      }
    } finally {
      transformer.observe(Optional.empty());
    }
    assertEquals(WINDOWS * (WINDOW - 1 - 4), seen[0]);
    float[] expected = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      expected[i] = (float) (sums[i] / seen[0]);
    }
    for (int i = 0; i < sums.length; i++) {
      assertEquals(expected[i], found.upMeans().get(layer)[i], 1e-3 * expected[i]);
    }
  }

  @Test
  void dividedSparsityCostsLessThanTheSameForAllMatrices() {
    double target = 0.4;
    int layer = 1;
    ActivationStatistics statistics =
        new ActivationStatistics(transformer.config(), EnumSet.allOf(Activation.class));
    BlockInputs inputs = new BlockInputs(transformer.config(), WINDOW);
    try (KvCache cache = transformer.newCache(KvFormat.BF16)) {
      Windows windows = new Windows(transformer, cache, tokens, WINDOW);
      windows.show(statistics, WINDOWS, Sparsity.NONE, done -> {});
      windows.show(inputs, 1, WINDOW, Sparsity.NONE);
      LayerLevel divided =
          new GreedyAllocation(transformer, cache)
              .allocate(
                  layer,
                  inputs.of(layer),
                  List.of(target),
                  shares -> Calibrator.teal(statistics, layer, shares))
              .getFirst();
      Map<Projection, Double> same = new EnumMap<>(Projection.class);
      for (Projection projection : Projection.values()) {
        same.put(projection, target);
      }
      LayerLevel uniform = Calibrator.teal(statistics, layer, same);
      double ofDivided = error(cache, layer, inputs.of(layer), divided.ofInputs());
      double ofUniform = error(cache, layer, inputs.of(layer), uniform.ofInputs());
      assertTrue(ofDivided < 0.97 * ofUniform, ofDivided + " against " + ofUniform);
    }
  }

  private static double error(
      KvCache cache, int layer, float[] inputs, LayerThresholds thresholds) {
    float[] dense = inputs.clone();
    float[] sparse = inputs.clone();
    transformer.computeBlock(layer, cache, dense, WINDOW, Sparsity.NONE);
    List<LayerThresholds> all = Collections.nCopies(transformer.config().layers(), thresholds);
    transformer.computeBlock(layer, cache, sparse, WINDOW, new Thresholds(all));
    double sum = 0;
    for (int i = 0; i < dense.length; i++) {
      sum += Math.pow(dense[i] - sparse[i], 2);
    }
    return sum;
  }

  @Test
  void targetsAndWindowsThatDoNotFitAreRefused() {
    assertTrue(refusal(0.04, WINDOW).startsWith("a sparsity of 0.04; it may be 0.05 to 0.95"));
    assertTrue(refusal(0.96, WINDOW).startsWith("a sparsity of 0.96"));
    assertTrue(refusal(Double.NaN, WINDOW).startsWith("a sparsity of NaN"));
    assertTrue(refusal(0.5, 8).startsWith("a window of 8 tokens"));
    assertTrue(refusal(0.5, WINDOW + 1).startsWith("a window of 129 tokens"));
  }

  private static String refusal(double target, int window) {
    Calibrator calibrator = new Calibrator(transformer, KvFormat.BF16, LoadProgress.SILENT);
    CalibratedModel model = new CalibratedModel("m", "h", "as-is");
    return assertThrows(
            IllegalArgumentException.class,
            () -> calibrator.calibrate(model, tokens, window, ThresholdMethod.CATS, target))
        .getMessage();
  }
}
