package dev.lanewise.bench.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.bench.quality.Quality.Difference;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.CoreInfer;
import dev.lanewise.engine.sparse.CoreNeurons;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.ModelConfig;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compares a tiny model with itself, and with itself on a coarser cache. */
final class QualityComparisonTest {
  private static final int WINDOW = 100;

  private static TinyModel model;
  private static int[] tokens;
  private static Setting exact;
  private static Setting coarse;

  @BeforeAll
  static void load() throws IOException {
    model = new TinyModel();
    tokens = model.text(320);
    exact = Setting.dense(model.transformer, KvFormat.F32);
    coarse = Setting.dense(model.transformer, KvFormat.INT8);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static TextWindows windows() {
    return new TextWindows(tokens, WINDOW, TinyModel.CONTEXT);
  }

  private static QualityComparison.Result compare(boolean speed, Setting... variants) {
    return new QualityComparison(windows(), TinyModel.CONTEXT, speed, (stage, done) -> {})
        .compare(exact, List.of(variants));
  }

  @Test
  void aModelIsNoDifferentFromItself() {
    QualityComparison.Result result = compare(false, exact);
    Quality itself = result.variants().getFirst();
    assertEquals(result.base().perplexity(), itself.perplexity());
    Difference difference = itself.difference().orElseThrow();
    assertEquals(0, difference.increase());
    assertEquals(new Divergence(0, 0, 1), difference.divergence());
    assertEquals(1, difference.sameContinuation());
  }

  @Test
  void perplexitiesAreThoseOfTheTextScorer() {
    QualityComparison.Result result = compare(false, coarse);
    assertEquals(
        new TextScorer(model.transformer, KvFormat.F32).score(windows(), done -> {}),
        result.base().perplexity());
    Perplexity scored =
        new TextScorer(model.transformer, KvFormat.INT8).score(windows(), done -> {});
    assertEquals(scored, result.variants().getFirst().perplexity());
    assertEquals(
        scored.value() / result.base().perplexity().value() - 1,
        result.variants().getFirst().difference().orElseThrow().increase());
  }

  @Test
  void divergencesAreThoseOfTheSameComputedTokenByToken() {
    int scored = WINDOW - 1 - WINDOW / 2;
    double[] kl = new double[3 * scored];
    int same = 0;
    for (int i = 0; i < 3 * scored; i += scored) {
      try (KvCache of = model.transformer.newCache(exact.kv());
          KvCache by = model.transformer.newCache(coarse.kv())) {
        for (int position = 0; position < WINDOW - 1; position++) {
          int token = tokens[i / scored * WINDOW + position];
          float[] p = model.transformer.decode(of, token).clone();
          float[] q = model.transformer.decode(by, token);
          if (position >= WINDOW / 2) {
            kl[i + position - WINDOW / 2] = Divergence.kl(p, q, 0, p.length);
            same += likeliest(p) == likeliest(q) ? 1 : 0;
          }
        }
      }
    }
    Divergence expected = Divergence.of(kl, same);
    Divergence found =
        compare(false, coarse).variants().getFirst().difference().orElseThrow().divergence();
    assertTrue(expected.mean() > 1e-6, expected.toString());
    assertEquals(expected.mean(), found.mean(), 0.05 * expected.mean());
    assertEquals(expected.percentile99(), found.percentile99(), 0.1 * expected.percentile99());
    assertEquals(expected.sameLikeliest(), found.sameLikeliest(), 0.02);
  }

  private static int likeliest(float[] logits) {
    int likeliest = 0;
    for (int v = 0; v < logits.length; v++) {
      likeliest = logits[v] > logits[likeliest] ? v : likeliest;
    }
    return likeliest;
  }

  private static int[] continuation(KvFormat kv, int start) {
    int[] found = new int[Continuations.TOKENS];
    try (KvCache cache = model.transformer.newCache(kv)) {
      float[] logits = model.transformer.prefill(cache, tokens, start, WINDOW / 2, true);
      for (int i = 0; i < found.length; i++) {
        found[i] = likeliest(logits);
        logits = model.transformer.decode(cache, found[i]);
      }
    }
    return found;
  }

  @Test
  void continuationsAreTheSameUpToTheFirstDifferentToken() {
    int same = 0;
    for (int w = 0; w < 3; w++) {
      int[] expected = continuation(KvFormat.F32, w * WINDOW);
      int[] found = continuation(KvFormat.INT8, w * WINDOW);
      int difference = Arrays.mismatch(expected, found);
      same += difference < 0 ? expected.length : difference;
    }
    double share = same / (3.0 * Continuations.TOKENS);
    assertTrue(share < 1, "the caches make a difference");
    assertEquals(
        share, compare(false, coarse).variants().getFirst().difference().get().sameContinuation());
  }

  private static Setting coreNeurons(double share) {
    ModelConfig config = model.transformer.config();
    CoreInfer rule = CoreInfer.of(share, config.layers());
    return new Setting(
        model.transformer,
        exact.kv(),
        () -> new CoreNeurons(rule, config.layers(), config.ffnHidden()));
  }

  @Test
  void whatIsLeftOutMakesADifference() {
    List<Quality> found = compare(false, coreNeurons(1), coreNeurons(0.5)).variants();
    Difference none = found.getFirst().difference().orElseThrow();
    assertEquals(new Divergence(0, 0, 1), none.divergence());
    Difference half = found.getLast().difference().orElseThrow();
    assertTrue(half.divergence().mean() > 1e-3, half.toString());
    assertTrue(half.sameContinuation() < 1, half.toString());
  }

  @Test
  void aContextTooShortToChooseByIsRefused() {
    TextWindows narrow = new TextWindows(tokens, 62, TinyModel.CONTEXT);
    QualityComparison comparison =
        new QualityComparison(narrow, TinyModel.CONTEXT, false, (stage, done) -> {});
    assertEquals(
        "31 tokens of context are too few to choose core neurons by; they need 32",
        assertThrows(
                IllegalArgumentException.class,
                () -> comparison.compare(exact, List.of(coreNeurons(0.5))))
            .getMessage());
  }

  @Test
  void speedIsMeasuredIfAskedFor() {
    SpeedRatio speed =
        compare(true, coarse)
            .variants()
            .getFirst()
            .difference()
            .flatMap(Difference::speed)
            .orElseThrow();
    assertTrue(speed.speedUp() > 0 && speed.tokensPerSecond() > 0, speed.toString());
    assertTrue(compare(false, coarse).variants().getFirst().difference().get().speed().isEmpty());
  }

  @Test
  void tellsWhatIsGoingOn() {
    TreeSet<String> stages = new TreeSet<>();
    new QualityComparison(
            windows().first(1), TinyModel.CONTEXT, false, (stage, done) -> stages.add(stage))
        .compare(exact, List.of(coarse));
    assertEquals(List.of("comparing windows", "continuing"), List.copyOf(stages));
  }

  @Test
  void theFirstWindowsAreTheTextsBeginning() {
    assertEquals(2, windows().first(2).count());
    assertEquals(3, windows().first(4).count());
    assertEquals(
        new TextScorer(model.transformer, KvFormat.F32)
            .score(
                new TextWindows(Arrays.copyOf(tokens, 2 * WINDOW), WINDOW, TinyModel.CONTEXT),
                done -> {}),
        new TextScorer(model.transformer, KvFormat.F32).score(windows().first(2), done -> {}));
  }

  @Test
  void continuationsNeedRoom() {
    assertEquals(
        "continuing half a window needs a context of 114 tokens, and it is 113",
        assertThrows(
                IllegalArgumentException.class,
                () -> new QualityComparison(windows(), 113, false, (stage, done) -> {}))
            .getMessage());
  }
}
