package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.LayerThresholds;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Thresholds as masks, beside plain arithmetic and beside dense columns. */
final class ThresholdMasksTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));
  private static final String TINY = "tiny/llama/model.gguf";
  private static final String DEFAULT = "SmolLM2-135M-Instruct.Q4_1.gguf";
  private static final int POSITIONS = 9;
  private static final int FFN = 96;

  /** One model on a team of two. */
  private static final class Model implements AutoCloseable {
    final GgufFile file;
    final ThreadTeam team = new ThreadTeam(2);
    final ModelConfig config;
    final Transformer transformer;

    Model(String name, boolean int8) throws IOException {
      file = GgufFile.open(MODELS.resolve(name));
      config = Architecture.configOf(file);
      transformer =
          new Transformer(file, config, Kernels.best(), team, 300, int8, LoadProgress.SILENT);
    }

    int[] tokens(int count) {
      return new Random(count).ints(count, 0, config.vocabulary()).toArray();
    }

    Thresholds everywhere(LayerThresholds thresholds) {
      return new Thresholds(Collections.nCopies(config.layers(), thresholds));
    }

    /** The logits after the last tokens of a prompt, and after steps that follow it. */
    float[][] logits(int[] tokens, int prompt, Sparsity left) {
      float[][] logits = new float[tokens.length - prompt + 1][];
      try (KvCache cache = transformer.newCache(KvFormat.BF16)) {
        transformer.clear();
        transformer.addPrompt(cache, tokens, 0, prompt, 1, left);
        logits[0] = first(transformer.compute());
        for (int i = prompt; i < tokens.length; i++) {
          transformer.clear();
          transformer.addStep(cache, tokens[i], left);
          logits[i - prompt + 1] = first(transformer.compute());
        }
      }
      return logits;
    }

    float[] first(float[] logits) {
      return Arrays.copyOf(logits, config.vocabulary());
    }

    @Override
    public void close() {
      transformer.close();
      team.close();
      file.close();
    }
  }

  private static float[] neurons(float most) {
    float[] neurons = new float[FFN];
    for (int i = 0; i < FFN; i++) {
      neurons[i] = most * i / FFN;
    }
    return neurons;
  }

  static List<LayerThresholds> thresholds() {
    float[] none = {};
    return List.of(
        new LayerThresholds(0.7f, 0, 0, 0, 0, 0, 0),
        new LayerThresholds(0, 0.7f, 0, 0, 0, 0, 0),
        new LayerThresholds(0, 0, 0.7f, 0, 0, 0, 0),
        new LayerThresholds(0, 0, 0, 0.3f, 0, 0, 0),
        new LayerThresholds(0, 0, 0, 0, 0.7f, 0, 0),
        new LayerThresholds(0, 0, 0, 0, 0, 0.7f, 0),
        new LayerThresholds(0, 0, 0, 0, 0, 0, 0.1f),
        new LayerThresholds(0, 0, 0, 0, 0, 0, 0, neurons(0.5f)),
        new LayerThresholds(0.3f, 0.5f, 0.4f, 0.2f, 0.4f, 0.6f, 0.02f, neurons(0.3f)),
        new LayerThresholds(0.3f, 0.3f, 0.3f, 0.2f, 0.4f, 0.4f, 0.02f, none));
  }

  @ParameterizedTest
  @MethodSource("thresholds")
  void aBlockIsThatOfPlainArithmetic(LayerThresholds thresholds) throws IOException {
    try (Model model = new Model(TINY, false);
        KvCache cache = model.transformer.newCache(KvFormat.F32)) {
      assertEquals(FFN, model.config.ffnHidden());
      int layer = 1;
      int hidden = model.config.hidden();
      float[] residuals = new float[POSITIONS * hidden];
      double[][] rows = new double[POSITIONS][hidden];
      Random random = new Random(3);
      for (int i = 0; i < residuals.length; i++) {
        residuals[i] = (float) random.nextGaussian();
        rows[i / hidden][i % hidden] = residuals[i];
      }
      float[] dense = residuals.clone();
      model.transformer.computeBlock(layer, cache, dense, POSITIONS, Sparsity.NONE);
      model.transformer.computeBlock(
          layer, cache, residuals, POSITIONS, model.everywhere(thresholds));
      PlainBlock plain = new PlainBlock(model.file, model.config, layer, POSITIONS);
      double[][] expected = plain.compute(rows, thresholds);
      double changed = 0;
      for (int i = 0; i < residuals.length; i++) {
        assertEquals(expected[i / hidden][i % hidden], residuals[i], 1e-4, "element " + i);
        changed = Math.max(changed, Math.abs(residuals[i] - dense[i]));
      }
      assertTrue(changed > 0.01, "the thresholds change something: " + changed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {TINY, DEFAULT})
  void thresholdsOfZeroGiveTheDenseBits(String name) throws IOException {
    for (boolean int8 : new boolean[] {true, false}) {
      try (Model model = new Model(name, int8)) {
        int[] tokens = model.tokens(40);
        float[] zeros = new float[model.config.ffnHidden()];
        Thresholds none = model.everywhere(new LayerThresholds(0, 0, 0, 0, 0, 0, 0, zeros));
        assertArrayEquals(model.logits(tokens, 35, Sparsity.NONE), model.logits(tokens, 35, none));
      }
    }
  }

  /** No input is as small as the least number, so that all are multiplied, but as masked copies. */
  @ParameterizedTest
  @ValueSource(strings = {TINY, DEFAULT})
  void thresholdsBelowAllInputsGiveTheDenseBits(String name) throws IOException {
    try (Model model = new Model(name, true)) {
      int[] tokens = model.tokens(40);
      float least = Float.MIN_VALUE;
      Thresholds none =
          model.everywhere(new LayerThresholds(least, least, least, least, least, least, least));
      assertArrayEquals(model.logits(tokens, 35, Sparsity.NONE), model.logits(tokens, 35, none));
    }
  }

  @Test
  void eachColumnHasItsOwnThresholds() throws IOException {
    try (Model model = new Model(TINY, true);
        KvCache a = model.transformer.newCache(KvFormat.BF16);
        KvCache b = model.transformer.newCache(KvFormat.BF16);
        KvCache c = model.transformer.newCache(KvFormat.BF16)) {
      int[] tokens = model.tokens(31);
      List<Sparsity> left =
          List.of(
              model.everywhere(thresholds().get(8)),
              Sparsity.NONE,
              model.everywhere(thresholds().get(9)));
      List<KvCache> caches = List.of(a, b, c);
      model.transformer.clear();
      for (int i = 0; i < 3; i++) {
        model.transformer.addPrompt(caches.get(i), tokens, 0, 30, 1, left.get(i));
      }
      float[] prompts = model.transformer.compute().clone();
      int vocabulary = model.config.vocabulary();
      for (int i = 0; i < 3; i++) {
        float[][] alone = model.logits(tokens, 30, left.get(i));
        int from = i * vocabulary;
        assertArrayEquals(alone[0], Arrays.copyOfRange(prompts, from, from + vocabulary));
      }
    }
  }

  @Test
  void theFirstPositionsAreDense() throws IOException {
    try (Model model = new Model(TINY, true)) {
      int[] tokens = model.tokens(8);
      float all = Float.MAX_VALUE;
      Thresholds left = model.everywhere(new LayerThresholds(all, all, all, all, all, all, all));
      float[][] dense = model.logits(tokens, 1, Sparsity.NONE);
      float[][] sparse = model.logits(tokens, 1, left);
      for (int position = 0; position < tokens.length; position++) {
        boolean same = Arrays.equals(dense[position], sparse[position]);
        assertEquals(position < Thresholds.SINKS, same, "position " + position);
      }
    }
  }

  @Test
  void anObserverSeesAllVectorsInOrderAndChangesNothing() throws IOException {
    try (Model model = new Model(TINY, true)) {
      int[] tokens = model.tokens(12);
      Thresholds left = model.everywhere(thresholds().get(8));
      float[][] expected = model.logits(tokens, 12, left);
      StringBuilder seen = new StringBuilder();
      model.transformer.observe(
          java.util.Optional.of(
              (layer, activation, position, values, from, count) -> {
                if (position == 5) {
                  seen.append(layer).append(activation).append(count).append(' ');
                }
              }));
      float[][] observed = model.logits(tokens, 12, left);
      model.transformer.observe(java.util.Optional.empty());
      assertArrayEquals(expected, observed);
      StringBuilder all = new StringBuilder();
      for (int layer = 0; layer < model.config.layers(); layer++) {
        for (Activation activation : Activation.values()) {
          int count =
              switch (activation) {
                case BLOCK_INPUT, ATTENTION_INPUT, FFN_INPUT -> model.config.hidden();
                case ATTENTION_OUTPUT -> model.config.queryDim();
                case GATE, UP, PRODUCT -> model.config.ffnHidden();
              };
          all.append(layer).append(activation).append(count).append(' ');
        }
      }
      assertEquals(all.toString(), seen.toString());
      assertFalse(Arrays.equals(expected[0], model.logits(tokens, 12, Sparsity.NONE)[0]));
    }
  }
}
