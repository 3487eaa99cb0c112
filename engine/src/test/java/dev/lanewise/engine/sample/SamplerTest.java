package dev.lanewise.engine.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.kernel.Kernels;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SamplerTest {
  private static final FloatKernels FLOATS = Kernels.scalar().floats();
  private static final int DRAWS = 50_000;

  private static float[] logitsOf(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]) + 3;
    }
    return logits;
  }

  private static Sampling sampling(double temperature, int topK, double topP, double minP) {
    return new Sampling((float) temperature, topK, (float) topP, (float) minP, OptionalLong.of(42));
  }

  /** Shares of each token in many draws. */
  private static double[] shares(Sampling sampling, float[] logits) {
    Sampler sampler = new Sampler(FLOATS, logits.length);
    sampler.begin(sampling);
    double[] shares = new double[logits.length];
    for (int i = 0; i < DRAWS; i++) {
      shares[sampler.sample(logits)] += 1.0 / DRAWS;
    }
    return shares;
  }

  private static void assertShares(Sampling sampling, float[] logits, double... expected) {
    assertArrayEquals(expected, shares(sampling, logits), 0.01);
  }

  private static Sampling typical(double share) {
    return new Sampling(1, 0, 1, 0, (float) share, LogitChanges.NONE, OptionalLong.of(42));
  }

  private static Sampling changed(LogitChanges changes) {
    return new Sampling(0, 0, 1, 0, 1, changes, OptionalLong.empty());
  }

  /** The logits after the changes for this prompt and answer. */
  private static float[] changed(
      LogitChanges changes, int[] prompt, int[] answer, float... logits) {
    Sampler sampler = new Sampler(FLOATS, logits.length).beside(changed(changes));
    sampler.prompt(prompt);
    for (int token : answer) {
      sampler.answer(token);
    }
    float[] row = new float[logits.length + 1];
    System.arraycopy(logits, 0, row, 1, logits.length);
    sampler.change(row, 1);
    return Arrays.copyOfRange(row, 1, row.length);
  }

  @Test
  void keepsTheTypicalTokens() {
    // Information in nats: 0.51, 1.61, 2.30, 2.30; its mean is 1.09: 0.2 is nearest, then 0.6.
    float[] logits = logitsOf(0.6, 0.2, 0.1, 0.1);
    assertShares(typical(0.2), logits, 0, 1, 0, 0);
    assertShares(typical(0.5), logits, 0.75, 0.25, 0, 0);
    assertShares(typical(1), logits, 0.6, 0.2, 0.1, 0.1);
  }

  @Test
  void penaltiesChangeTheLogitsOfTokensThatCame() {
    int[] prompt = {0, 1};
    int[] answer = {1, 2, 2};
    assertArrayEquals(
        new float[] {2, -8, 1, 7},
        changed(new LogitChanges(2, 0, 0, Map.of()), prompt, answer, 4, -4, 2, 7));
    assertArrayEquals(
        new float[] {4, -4.5f, 1.5f, 7},
        changed(new LogitChanges(1, 0.5f, 0, Map.of()), prompt, answer, 4, -4, 2, 7));
    assertArrayEquals(
        new float[] {4, -4.5f, 1, 7},
        changed(new LogitChanges(1, 0, 0.5f, Map.of()), prompt, answer, 4, -4, 2, 7));
    assertArrayEquals(
        new float[] {4, 6, 2, -93},
        changed(new LogitChanges(1, 0, 0, Map.of(1, 10f, 3, -100f)), prompt, answer, 4, -4, 2, 7));
  }

  @Test
  void penaltiesKnowManyTokens() {
    int[] all = IntStream.range(0, 500).toArray();
    float[] logits = new float[500];
    Arrays.fill(logits, 3);
    float[] expected = new float[500];
    Arrays.fill(expected, 1);
    assertArrayEquals(
        expected, changed(new LogitChanges(1, 1, 1, Map.of()), new int[0], all, logits));
  }

  @Test
  void aForbiddenTokenIsNeverChosen() {
    float[] logits = logitsOf(0.7, 0.2, 0.1);
    logits[0] = Sampler.FORBIDDEN;
    assertShares(sampling(1, 40, 0.95, 0.01), logits, 0, 0.2 / 0.3, 0.1 / 0.3);
    assertShares(typical(0.99), logits, 0, 0.2 / 0.3, 0.1 / 0.3);
    assertShares(sampling(0, 0, 1, 0), logits, 0, 1, 0);
    Arrays.fill(logits, Sampler.FORBIDDEN);
    assertEquals(Sampler.NOTHING, new Sampler(FLOATS, 3).sample(logits));
  }

  private static float[] randomLogits(int n, long seed) {
    Random random = new Random(seed);
    float[] logits = new float[n];
    for (int i = 0; i < n; i++) {
      logits[i] = (float) (3 * random.nextGaussian());
    }
    return logits;
  }

  @Test
  void drawsFromTheModelsOwnDistributionAtTemperatureOne() {
    assertShares(sampling(1, 0, 1, 0), logitsOf(0.5, 0.3, 0.15, 0.05), 0.5, 0.3, 0.15, 0.05);
  }

  @Test
  void sharpensTheDistributionAtALowTemperature() {
    // p^2, normalised
    assertShares(
        sampling(0.5, 0, 1, 0), logitsOf(0.6, 0.3, 0.1), 0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46);
  }

  @Test
  void takesTheLikeliestTokenAtTemperatureZero() {
    Sampler sampler = new Sampler(FLOATS, 5);
    assertEquals(3, sampler.sample(new float[] {1, -2, 3, 4, 3.99f}));
    assertEquals(1, sampler.sample(new float[] {-5, -2, -3, -2, -9}), "the first of equal ones");
  }

  @Test
  void keepsOnlyTheTopK() {
    assertShares(sampling(1, 2, 1, 0), logitsOf(0.1, 0.4, 0.3, 0.2), 0, 0.4 / 0.7, 0.3 / 0.7, 0);
  }

  @Test
  void keepsTheTokenThatReachesTopP() {
    assertShares(sampling(1, 0, 0.6, 0), logitsOf(0.1, 0.4, 0.3, 0.2), 0, 0.4 / 0.7, 0.3 / 0.7, 0);
  }

  @Test
  void keepsAtLeastOneTokenWhateverTopP() {
    assertShares(sampling(1, 0, 1e-6, 0), logitsOf(0.3, 0.4, 0.3), 0, 1, 0);
  }

  @Test
  void dropsTokensBelowAFractionOfTheLikeliest() {
    assertShares(sampling(1, 0, 1, 0.6), logitsOf(0.1, 0.4, 0.3, 0.2), 0, 0.4 / 0.7, 0.3 / 0.7, 0);
  }

  @Test
  void appliesMinPAfterTheTemperature() {
    // At temperature 2 the probabilities are as their square roots: 0.2 is 71% as likely as 0.4,
    // and 0.1 half.
    assertShares(sampling(2, 0, 1, 0.6), logitsOf(0.1, 0.4, 0.3, 0.2), 0, 0.3886, 0.3366, 0.2748);
  }

  @Test
  void measuresTopPByWhatTopKLeft() {
    // 0.4 and 0.3 remain, of which 0.4 alone has 57%.
    assertShares(sampling(1, 2, 0.55, 0), logitsOf(0.1, 0.4, 0.3, 0.2), 0, 1, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 40, 999, 1000, 5000})
  void topKKeepsWhatSortingWouldKeep(int k) {
    float[] logits = randomLogits(1000, k);
    int[] sorted =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -logits[i]))
            .mapToInt(Integer::intValue)
            .limit(k)
            .toArray();
    double[] shares = shares(sampling(20, k, 1, 0), logits);
    for (int token = 0; token < logits.length; token++) {
      int wanted = token;
      boolean kept = Arrays.stream(sorted).anyMatch(other -> other == wanted);
      assertTrue(kept || shares[token] == 0, "token " + token + " should not be drawn");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.3, 0.5, 0.9, 0.99})
  void topPKeepsWhatSortingWouldKeep(double p) {
    float[] logits = randomLogits(300, 7);
    double[] probability = new double[logits.length];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    for (int i = 0; i < logits.length; i++) {
      probability[i] = Math.exp(logits[i]) / sum;
    }
    int[] sorted =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -probability[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] expected = new double[logits.length];
    double mass = 0;
    for (int i = 0; mass < p; i++) {
      expected[sorted[i]] = probability[sorted[i]];
      mass += probability[sorted[i]];
    }
    double kept = mass;
    assertShares(
        sampling(1, 0, p, 0), logits, Arrays.stream(expected).map(share -> share / kept).toArray());
  }

  @Test
  void drawsTheSameTokensForTheSameSeed() {
    float[] logits = randomLogits(500, 1);
    assertArrayEquals(draw(logits, 11), draw(logits, 11));
    assertNotEquals(Arrays.toString(draw(logits, 11)), Arrays.toString(draw(logits, 12)));
  }

  private static int[] draw(float[] logits, long seed) {
    Sampler sampler = new Sampler(FLOATS, logits.length);
    sampler.begin(new Sampling(1, 40, 0.95f, 0, OptionalLong.of(seed)));
    return IntStream.range(0, 50).map(i -> sampler.sample(logits)).toArray();
  }

  @Test
  void survivesExtremeTemperatures() {
    float[] logits = logitsOf(0.2, 0.5, 0.3);
    assertShares(sampling(Float.MIN_VALUE, 0, 1, 0), logits, 0, 1, 0);
    assertShares(sampling(Float.MAX_VALUE, 0, 1, 0), logits, 1 / 3.0, 1 / 3.0, 1 / 3.0);
    assertShares(sampling(Float.MAX_VALUE, 2, 0.9, 0.1), logits, 0, 0.5, 0.5);
  }

  @Test
  void neverChoosesPadding() {
    Sampler sampler = new Sampler(FLOATS, 3);
    float[] logits = {1, 2, 0, 9, 9};
    assertEquals(1, sampler.sample(logits));
    sampler.begin(sampling(100, 0, 1, 0));
    for (int i = 0; i < 1000; i++) {
      assertTrue(sampler.sample(logits) < 3);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void refusesLogitsThatAreNotFinite(float bad) {
    for (int position = 0; position < 5; position++) {
      float[] logits = {1, 2, 3, 4, 5};
      logits[position] = bad;
      Sampler sampler = new Sampler(FLOATS, 5);
      assertThrows(ArithmeticException.class, () -> sampler.sample(logits));
      sampler.begin(Sampling.defaults());
      assertThrows(ArithmeticException.class, () -> sampler.sample(logits));
    }
  }

  @Test
  void namesTheFieldThatIsOutOfRange() {
    assertEquals("temperature", field(-0.1f, 0, 1, 0));
    assertEquals("temperature", field(Float.NaN, 0, 1, 0));
    assertEquals("top_k", field(1, -1, 1, 0));
    assertEquals("top_p", field(1, 0, 0, 0));
    assertEquals("top_p", field(1, 0, 1.01f, 0));
    assertEquals("min_p", field(1, 0, 1, -0.01f));
    assertEquals("min_p", field(1, 0, 1, Float.NaN));
  }

  private static String field(float temperature, int topK, float topP, float minP) {
    return assertThrows(
            InvalidRequest.class,
            () -> new Sampling(temperature, topK, topP, minP, OptionalLong.empty()))
        .field();
  }
}
