package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.FfnSkipping;
import dev.lanewise.engine.sparse.Sparsity;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Feed-forward blocks that are skipped, in the default model. */
final class BlockSkippingTest {
  private static final int LAYERS = 30;
  private static final int TOKENS = 40;

  /** Below every cosine. */
  private static final float ALWAYS = -2;

  private static LoadedModel model;

  @BeforeAll
  static void load() throws IOException {
    model = new LoadedModel(LoadedModel.DEFAULT, true);
    assertEquals(LAYERS, model.transformer.config().layers());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** All logits of a prompt. */
  private static float[] logits(Sparsity left) {
    try (KvCache cache = model.newCache()) {
      return model.transformer.prefillAllLogits(cache, model.tokens(TOKENS, 1), 0, TOKENS, left);
    }
  }

  @Test
  void aThresholdAboveOneSkipsNothing() {
    assertArrayEquals(logits(Sparsity.NONE), logits(new FfnSkipping(1.001f, 2, 2, 2, 0)));
    assertEquals(0, model.transformer.skipCounts().skippedBlocks());
  }

  /** Of the layers that are not protected, one is computed before each {@code mostInARow}. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, 0, 0, 15",
    "2, 4, 3, 0, 15",
    "2, 4, 3, 25, 15",
    "5, 1, 2, 0, 22",
    "40, 3, 2, 0, 24"
  })
  void skipsAllThatItMayWhereTheThresholdIsAlwaysReached(
      int mostInARow, int protectedFirst, int protectedLast, int warmUp, int skippedOfAToken) {
    logits(new FfnSkipping(ALWAYS, mostInARow, protectedFirst, protectedLast, warmUp));
    assertEquals(
        (TOKENS - warmUp) * skippedOfAToken, model.transformer.skipCounts().skippedBlocks());
    double largest =
        new FfnSkipping(ALWAYS, mostInARow, protectedFirst, protectedLast, warmUp)
            .largestShare(LAYERS);
    assertEquals(skippedOfAToken, LAYERS * largest, 1e-9);
  }

  @Test
  void protectedLayersSkipNothing() {
    assertArrayEquals(logits(Sparsity.NONE), logits(new FfnSkipping(ALWAYS, 2, LAYERS - 3, 3, 0)));
    assertEquals(0, model.transformer.skipCounts().skippedBlocks());
  }

  @Test
  void theFirstTokensAreComputedWhole() {
    int warmUp = 25;
    float[] whole = logits(Sparsity.NONE);
    float[] skipped = logits(new FfnSkipping(ALWAYS, 2, 2, 2, warmUp));
    for (int token = 0; token < TOKENS; token++) {
      assertEquals(
          token < warmUp,
          Arrays.equals(model.row(whole, token), model.row(skipped, token)),
          "token " + token);
    }
  }

  @Test
  void aHigherThresholdSkipsLess() {
    int before = Integer.MAX_VALUE;
    for (float threshold : new float[] {ALWAYS, 0.9f, 0.97f, 0.99f, 0.999f}) {
      logits(new FfnSkipping(threshold, 2, 2, 2, 0));
      int skipped = model.transformer.skipCounts().skippedBlocks();
      assertTrue(skipped < before, threshold + ": " + skipped + " of " + before);
      before = skipped;
    }
  }

  /** A step alone leaves the products out; beside a prompt that is whole it drops their results. */
  @Test
  void aStepSkipsTheSameAloneAndBesideAPrompt() {
    FfnSkipping rule = new FfnSkipping(0.97f, 2, 2, 2, 0);
    try (KvCache alone = model.newCache();
        KvCache accompanied = model.newCache();
        KvCache other = model.newCache()) {
      for (KvCache cache : new KvCache[] {alone, accompanied, other}) {
        model.transformer.prefill(cache, model.tokens(TOKENS, 1), 0, TOKENS, false);
      }
      for (int token : model.tokens(5, 2)) {
        model.transformer.clear();
        model.transformer.addStep(alone, token, rule);
        float[] expected = model.row(model.transformer.compute(), 0);
        int skipped = model.transformer.skipCounts().skippedBlocks();
        model.transformer.clear();
        model.transformer.addStep(accompanied, token, rule);
        model.transformer.addPrompt(other, new int[] {token}, 0, 1, 1);
        float[] both = model.transformer.compute();
        assertTrue(skipped > 0);
        assertEquals(skipped, model.transformer.skipCounts().skippedBlocks());
        assertArrayEquals(expected, model.row(both, 0));
        assertFalse(Arrays.equals(expected, model.row(both, 1)));
      }
    }
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> new FfnSkipping(Float.NaN, 1, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new FfnSkipping(0.9f, 0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new FfnSkipping(0.9f, 1, -1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new FfnSkipping(0.9f, 1, 0, -1, 0));
    assertThrows(IllegalArgumentException.class, () -> new FfnSkipping(0.9f, 1, 0, 0, -1));
  }
}
