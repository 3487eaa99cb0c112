package dev.lanewise.bench.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores made-up text with a tiny model, and computes the same token by token. */
final class TextScorerTest {
  private static final int CONTEXT = TinyModel.CONTEXT;

  private static TinyModel model;
  private static Transformer transformer;
  private static int[] tokens;

  @BeforeAll
  static void load() throws IOException {
    model = new TinyModel();
    transformer = model.transformer;
    tokens = model.text(300);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Perplexity score(int[] text, int window) {
    return new TextScorer(transformer, KvFormat.F32).score(windows(text, window), done -> {});
  }

  private static TextWindows windows(int[] text, int window) {
    return new TextWindows(text, window, CONTEXT);
  }

  private static double nll(float[] logits, int token) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    return -Math.log(Math.exp(logits[token]) / sum);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 32, 33, 100, 128})
  void agreesWithTheSameComputedTokenByToken(int window) {
    double sum = 0;
    int scored = 0;
    int windows = tokens.length / window;
    for (int w = 0; w < windows; w++) {
      try (KvCache cache = transformer.newCache(KvFormat.F32)) {
        for (int i = 0; i < window - 1; i++) {
          float[] logits = transformer.decode(cache, tokens[w * window + i]);
          if (i >= window / 2) {
            sum += nll(logits, tokens[w * window + i + 1]);
            scored++;
          }
        }
      }
    }
    Perplexity perplexity = score(tokens, window);
    assertEquals(windows, perplexity.windows());
    assertEquals(scored, perplexity.tokens());
    assertEquals(sum / scored, perplexity.meanNll(), 1e-4);
    assertEquals(Math.exp(sum / scored), perplexity.value(), 1e-3 * perplexity.value());
  }

  @Test
  void likelyTextHasALowPerplexityAndItsErrorShrinksWithItsLength() {
    int[] likely = new int[CONTEXT];
    try (KvCache cache = transformer.newCache(KvFormat.F32)) {
      for (int i = 0; i + 1 < CONTEXT; i++) {
        float[] logits = transformer.decode(cache, likely[i]);
        for (int v = 0; v < logits.length; v++) {
          likely[i + 1] = logits[v] > logits[likely[i + 1]] ? v : likely[i + 1];
        }
      }
    }
    Perplexity random = score(tokens, CONTEXT);
    Perplexity greedy = score(likely, CONTEXT);
    assertTrue(greedy.value() < random.value() / 4, greedy + " " + random);
    assertTrue(random.standardError() > 0);
    assertTrue(
        score(tokens, 64).standardError() < score(Arrays.copyOf(tokens, 64), 64).standardError());
  }

  @Test
  void tellsEachWindowThatIsDone() {
    List<Integer> done = new ArrayList<>();
    new TextScorer(transformer, KvFormat.BF16).score(windows(tokens, 100), done::add);
    assertEquals(List.of(1, 2, 3), done);
  }

  @Test
  void refusesWindowsAndTextsThatDoNotFit() {
    assertEquals(
        "a window of 129 tokens; it may have 4 up to the context, which is 128", refusal(300, 129));
    assertTrue(refusal(300, 3).startsWith("a window of 3 tokens"));
    assertEquals("the text has 99 tokens and fills no window of 100", refusal(99, 100));
  }

  private static String refusal(int length, int window) {
    int[] text = Arrays.copyOf(tokens, length);
    return assertThrows(IllegalArgumentException.class, () -> score(text, window)).getMessage();
  }
}
