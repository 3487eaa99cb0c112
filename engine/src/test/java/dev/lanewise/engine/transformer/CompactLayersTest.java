package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.ChosenNeurons;
import dev.lanewise.engine.sparse.CoreInfer;
import dev.lanewise.engine.sparse.CoreNeurons;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.config.ModelConfig;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps that only the core neurons of a sequence compute. */
final class CompactLayersTest {
  private static final int PROMPT = 50;

  private static CoreNeurons core(LoadedModel model, double share, int leastTokens) {
    ModelConfig config = model.transformer.config();
    CoreInfer rule = new CoreInfer(share, 0.2, 0, config.layers(), leastTokens);
    return new CoreNeurons(rule, config.layers(), config.ffnHidden());
  }

  private static void prefill(
      LoadedModel model, KvCache cache, int[] prompt, int chunk, Sparsity left) {
    for (int from = 0; from < prompt.length; from += chunk) {
      model.transformer.clear();
      model.transformer.addPrompt(
          cache, prompt, from, Math.min(chunk, prompt.length - from), 0, left);
      model.transformer.compute();
    }
  }

  /** The logits after a token that follows what is in the cache, which is left as it was. */
  private static float[] step(LoadedModel model, KvCache cache, int token, Sparsity left) {
    int length = cache.length();
    model.transformer.clear();
    model.transformer.addStep(cache, token, left);
    float[] logits = model.row(model.transformer.compute(), 0);
    cache.truncate(length);
    return logits;
  }

  /** Floating-point weights are the same in the copy, and products with 0 change no sum. */
  @Test
  void aStepIsThatOfTheWholeModelWithTheOtherNeuronsAtZero() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.TINY, false);
        KvCache cache = model.newCache()) {
      for (int seed = 1; seed <= 3; seed++) { // the memory is used again
        int[] prompt = model.tokens(PROMPT, seed);
        CoreNeurons core = core(model, 0.4, PROMPT);
        cache.truncate(0);
        prefill(model, cache, prompt, PROMPT, core);
        float[] compact = step(model, cache, 7, core);
        assertArrayEquals(step(model, cache, 7, core.choose()), compact);
        assertFalse(Arrays.equals(step(model, cache, 7, Sparsity.NONE), compact));
      }
    }
  }

  /** Two sequences that generate alone by turns have each their own neurons. */
  @Test
  void eachSequenceHasItsOwn() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.TINY, false);
        KvCache first = model.newCache();
        KvCache second = model.newCache()) {
      CoreNeurons ofFirst = core(model, 0.4, PROMPT);
      CoreNeurons ofSecond = core(model, 0.7, PROMPT);
      prefill(model, first, model.tokens(PROMPT, 1), PROMPT, ofFirst);
      prefill(model, second, model.tokens(PROMPT, 2), PROMPT, ofSecond);
      float[] before = step(model, first, 7, ofFirst);
      float[] other = step(model, second, 7, ofSecond);
      assertArrayEquals(before, step(model, first, 7, ofFirst));
      assertArrayEquals(other, step(model, second, 7, ofSecond));
      assertArrayEquals(step(model, second, 7, ofSecond.choose()), other);
    }
  }

  @ParameterizedTest
  @CsvSource({", 0.03", "MXFP4, 0.12", "Q8_0, 0.03"})
  void roundedWeightsAreNearlyTheSameInTheCopy(BlockFormat format, double most) throws IOException {
    try (LoadedModel model =
            new LoadedModel(LoadedModel.DEFAULT, 2, true, Optional.ofNullable(format));
        KvCache cache = model.newCache()) {
      CoreNeurons core = core(model, 0.4, PROMPT);
      prefill(model, cache, model.tokens(PROMPT, 1), PROMPT, core);
      float[] compact = step(model, cache, 7, core);
      double error = error(step(model, cache, 7, core.choose()), compact);
      double loss = error(step(model, cache, 7, Sparsity.NONE), compact);
      assertTrue(error < most && error < loss / 4, "error " + error + ", loss " + loss);
    }
  }

  /** The norm of the difference, as a part of that of what is expected. */
  private static double error(float[] expected, float[] actual) {
    double misses = 0;
    double squares = 0;
    for (int i = 0; i < expected.length; i++) {
      misses += Math.pow((double) expected[i] - actual[i], 2);
      squares += Math.pow(expected[i], 2);
    }
    return Math.sqrt(misses / squares);
  }

  @Test
  void allNeuronsAreTheWholeModel() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.DEFAULT, true);
        KvCache cache = model.newCache()) {
      CoreNeurons core = core(model, 1, PROMPT);
      prefill(model, cache, model.tokens(PROMPT, 1), PROMPT, core);
      assertTrue(core.ready());
      float[] whole = step(model, cache, 7, Sparsity.NONE);
      assertArrayEquals(whole, step(model, cache, 7, core));
      assertArrayEquals(whole, step(model, cache, 7, core.choose()));
    }
  }

  @Test
  void aPromptIsComputedWholeAndAStepAfterAShortOneToo() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.TINY, true);
        KvCache plain = model.newCache();
        KvCache watched = model.newCache()) {
      int[] prompt = model.tokens(PROMPT, 1);
      CoreNeurons core = core(model, 0.4, PROMPT + 1);
      prefill(model, plain, prompt, PROMPT, Sparsity.NONE);
      prefill(model, watched, prompt, PROMPT, core);
      assertArrayEquals(step(model, plain, 7, Sparsity.NONE), step(model, watched, 7, core));
    }
  }

  @Test
  void stepsInCompanyAreComputedWhole() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.TINY, true);
        KvCache first = model.newCache();
        KvCache second = model.newCache()) {
      CoreNeurons core = core(model, 0.4, PROMPT);
      prefill(model, first, model.tokens(PROMPT, 1), PROMPT, core);
      prefill(model, second, model.tokens(PROMPT, 2), PROMPT, Sparsity.NONE);
      float[] whole = step(model, first, 7, Sparsity.NONE);
      model.transformer.clear();
      model.transformer.addStep(first, 7, core);
      model.transformer.addStep(second, 7, Sparsity.NONE);
      assertArrayEquals(whole, model.row(model.transformer.compute(), 0));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 32})
  void thePromptMayBeCutAnywhere(int chunk) throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.TINY, true);
        LoadedModel threaded = new LoadedModel(LoadedModel.TINY, 3, true, Optional.empty());
        KvCache whole = model.newCache();
        KvCache cut = threaded.newCache()) {
      int[] prompt = model.tokens(PROMPT, 3);
      CoreNeurons expected = core(model, 0.4, PROMPT);
      CoreNeurons actual = core(threaded, 0.4, PROMPT);
      prefill(model, whole, prompt, PROMPT, expected);
      prefill(threaded, cut, prompt, chunk, actual);
      assertSameNeurons(expected.choose(), actual.choose(), model);
    }
  }

  /** As when a sequence was preempted: what is computed again was counted before. */
  @Test
  void aPromptThatBeginsAgainCountsOnce() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.TINY, true);
        KvCache cache = model.newCache()) {
      int[] prompt = model.tokens(PROMPT, 3);
      CoreNeurons once = core(model, 0.4, PROMPT);
      prefill(model, cache, prompt, PROMPT, once);
      cache.truncate(0);
      CoreNeurons again = core(model, 0.4, PROMPT);
      prefill(model, cache, Arrays.copyOf(prompt, 30), 30, again);
      cache.truncate(0);
      prefill(model, cache, prompt, 20, again);
      assertSameNeurons(once.choose(), again.choose(), model);
    }
  }

  private static void assertSameNeurons(
      ChosenNeurons expected, ChosenNeurons actual, LoadedModel model) {
    for (int layer = 0; layer < model.transformer.config().layers(); layer++) {
      assertTrue(expected.covers(layer));
      assertArrayEquals(expected.of(layer), actual.of(layer), "layer " + layer);
    }
  }
}
