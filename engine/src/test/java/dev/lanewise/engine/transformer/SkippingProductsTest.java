package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.LayerThresholds;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.math.format.BlockFormat;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Skipping what thresholds leave out, in a real model. */
final class SkippingProductsTest {
  private static final int PROMPT = 12;
  private static final int STEPS = 6;

  @ParameterizedTest
  @EnumSource(names = {"Q4_1", "MXFP4", "NVFP4", "Q8_0"})
  void skippingGivesWhatMaskingGives(BlockFormat format) throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.DEFAULT, 2, true, Optional.of(format))) {
      Thresholds thresholds = thresholds(model);
      float[][] masked = steps(model, thresholds);
      long allBytes = model.transformer.skipCounts().weightBytes();
      model.prepare(thresholds.projections());
      for (Projection projection : Projection.values()) {
        model.transformer.products().skipUpTo(projection, 1);
      }
      float[][] skipped = steps(model, thresholds);
      for (int i = 0; i < STEPS; i++) {
        assertArrayEquals(masked[i], skipped[i], format + ", step " + i);
      }
      assertFalse(
          Arrays.equals(masked[0], steps(model, Sparsity.NONE)[0]), "thresholds had no effect");
      if (model.transformer.products().copy(Projection.DOWN, 0) != null) {
        steps(model, thresholds);
        assertTrue(model.transformer.skipCounts().weightBytes() < 0.8 * allBytes);
      }
    }
  }

  @Test
  void whatIsNotWorthSkippingKeepsNoCopy() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.DEFAULT, true)) {
      Thresholds thresholds = thresholds(model);
      model.transformer.prepareSkipping(thresholds);
      SkippingProducts products = model.transformer.products();
      double most = 0;
      for (Projection projection : thresholds.projections()) {
        boolean skips = products.skipsUpTo(projection) > 0;
        assertEquals(skips, products.copy(projection, 0) != null, projection.toString());
        most = Math.max(most, products.skipsUpTo(projection));
      }
      assertTrue(model.transformer.isWorthSkipping(thresholds, 1 - most + 0.01));
      assertFalse(model.transformer.isWorthSkipping(thresholds, 1 - most - 0.01));
      assertEquals(most > 0, model.transformer.skippingBytes() > 0);
    }
  }

  @Test
  void stepsInCompanyLeaveNothingOut() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.DEFAULT, true);
        KvCache one = model.newCache();
        KvCache two = model.newCache()) {
      int[] tokens = model.tokens(PROMPT + 1, 3);
      Thresholds thresholds = thresholds(model);
      float[][] rows = new float[2][];
      for (int i = 0; i < 2; i++) {
        one.truncate(0);
        two.truncate(0);
        model.transformer.prefill(one, tokens, 0, PROMPT, false);
        model.transformer.prefill(two, tokens, 0, PROMPT, false);
        model.transformer.clear();
        model.transformer.addStep(one, tokens[PROMPT], i == 0 ? thresholds : Sparsity.NONE);
        model.transformer.addStep(two, tokens[PROMPT], i == 0 ? thresholds : Sparsity.NONE);
        rows[i] = model.row(model.transformer.compute(), 0);
      }
      assertArrayEquals(rows[1], rows[0]);
    }
  }

  @Test
  void countsWhatIsLeftOut() throws IOException {
    try (LoadedModel model = new LoadedModel(LoadedModel.DEFAULT, true)) {
      SkipCounts counts = model.transformer.skipCounts();
      steps(model, Sparsity.NONE);
      assertEquals(model.transformer.weightSizes().bytes(), counts.weightBytes());
      assertTrue(Float.isNaN(counts.activeShare(0)));
      steps(model, thresholds(model));
      for (int layer = 0; layer < counts.layers(); layer++) {
        assertTrue(
            counts.activeShare(layer) > 0 && counts.activeShare(layer) < 1, "layer " + layer);
      }
    }
  }

  /** Large enough that most is left out. */
  private static Thresholds thresholds(LoadedModel model) {
    float[] neurons = new float[model.transformer.config().ffnHidden()];
    Arrays.fill(neurons, 0.05f);
    LayerThresholds all = new LayerThresholds(0.4f, 0.3f, 0.2f, 0.1f, 0.3f, 0.4f, 0.1f, neurons);
    return new Thresholds(Collections.nCopies(model.transformer.config().layers(), all));
  }

  private static float[][] steps(LoadedModel model, Sparsity left) {
    int[] tokens = model.tokens(PROMPT + STEPS, 7);
    float[][] logits = new float[STEPS][];
    try (KvCache cache = model.newCache()) {
      model.transformer.prefill(cache, tokens, 0, PROMPT, false);
      for (int i = 0; i < STEPS; i++) {
        model.transformer.clear();
        model.transformer.addStep(cache, tokens[PROMPT + i], left);
        logits[i] = model.row(model.transformer.compute(), 0);
      }
    }
    return logits;
  }
}
