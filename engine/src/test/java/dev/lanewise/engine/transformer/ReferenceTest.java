package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compares the default model with what it must compute. */
final class ReferenceTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double CLEAR_MARGIN = 0.05;

  private static GgufFile file;
  private static ThreadTeam team;
  private static Transformer exact;
  private static Transformer rounded;
  private static final List<JsonNode> CASES = new ArrayList<>();

  @BeforeAll
  static void load() throws IOException {
    file = GgufFile.open(MODELS.resolve("SmolLM2-135M-Instruct.Q4_1.gguf"));
    team = new ThreadTeam(2);
    exact = transformer(file, false);
    rounded = transformer(file, true);
    for (String line : Files.readAllLines(MODELS.resolve("reference/runs.jsonl"))) {
      CASES.add(JSON.readTree(line));
    }
  }

  @AfterAll
  static void close() {
    exact.close();
    rounded.close();
    team.close();
    file.close();
  }

  private static Transformer transformer(StoredModel file, boolean int8) throws IOException {
    return new Transformer(
        file, Architecture.configOf(file), Kernels.best(), team, 2048, int8, LoadProgress.SILENT);
  }

  /** What a run adds up over all positions of all cases. */
  private static final class Comparison {
    private double difference;
    private int probabilities;
    private int agreed;
    private int positions;
    private double worstNllOfLongTexts;

    void add(JsonNode expected, float[] logProbabilities) {
      int best = 0;
      for (int i = 0; i < logProbabilities.length; i++) {
        best = logProbabilities[i] > logProbabilities[best] ? i : best;
      }
      for (JsonNode top : expected) {
        difference += Math.abs(logProbabilities[top.get(0).asInt()] - top.get(1).asDouble());
        probabilities++;
      }
      agreed += best == expected.get(0).get(0).asInt() ? 1 : 0;
      positions++;
    }

    double meanDifference() {
      return difference / probabilities;
    }

    double agreement() {
      return (double) agreed / positions;
    }

    void print(String what) {
      System.out.printf(
          "%s: mean difference of the top-10 log-probabilities %.5f, top token agrees %.2f%%,"
              + " mean_nll of the long texts within %.4f (%d positions)%n",
          what, meanDifference(), 100 * agreement(), worstNllOfLongTexts, positions);
    }
  }

  @Test
  void fullPrecisionAgreesWithTheReference() {
    Comparison comparison = comparePrompts(exact, KvFormat.F32);
    comparison.print("full precision");
    assertTrue(comparison.meanDifference() < 0.002);
    assertTrue(comparison.worstNllOfLongTexts < 0.001);
  }

  @Test
  void fullPrecisionContinuesAsTheReference() {
    for (JsonNode run : CASES) {
      int[] tokens = ints(run.get("tokens"));
      int[] greedy = ints(run.get("greedy"));
      try (KvCache cache = exact.newCache(KvFormat.F32)) {
        assertContinues(run, 0, greedy, prefill(exact, cache, tokens), 0);
        float[] logits = exact.prefillAllLogits(cache, greedy, 0, greedy.length);
        for (int i = 1; i < greedy.length; i++) {
          assertContinues(run, i, greedy, logits, i - 1);
        }
      }
    }
  }

  @Test
  void fullPrecisionContinuesTokenByTokenToo() {
    JsonNode run = CASES.getFirst();
    int[] greedy = ints(run.get("greedy"));
    try (KvCache cache = exact.newCache(KvFormat.F32)) {
      float[] logits = prefill(exact, cache, ints(run.get("tokens")));
      for (int i = 0; i < greedy.length; i++) {
        assertContinues(run, i, greedy, logits, 0);
        logits = exact.decode(cache, greedy[i]);
      }
    }
  }

  /**
   * Token {@code i} of the continuation is the likeliest in a row of logits, where the reference is
   * not in doubt.
   */
  private static void assertContinues(JsonNode run, int i, int[] greedy, float[] logits, int row) {
    if (run.get("greedy_margin").get(i).asDouble() > CLEAR_MARGIN) {
      int vocabulary = exact.config().vocabulary();
      float[] own = Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary);
      assertEquals(greedy[i], argmax(own), run.get("id") + ", token " + i);
    }
  }

  @Test
  void theDefaultsStayCloseToTheReferenceInPrompts() {
    Comparison comparison = comparePrompts(rounded, KvFormat.BF16);
    comparison.print("defaults, prompts");
    assertDefaults(comparison);
  }

  @Test
  void anInt8CacheStaysCloseToTheReferenceInPrompts() {
    Comparison comparison = comparePrompts(rounded, KvFormat.INT8);
    comparison.print("int8 cache, prompts");
    assertDefaults(comparison);
  }

  @Test
  void theDefaultsStayCloseToTheReferenceTokenByToken() {
    Comparison comparison = new Comparison();
    for (JsonNode run : CASES) {
      int[] tokens = ints(run.get("tokens"));
      double nll = 0;
      try (KvCache cache = rounded.newCache(KvFormat.BF16)) {
        for (int i = 0; i < tokens.length; i++) {
          float[] logProbabilities = logProbabilities(rounded.decode(cache, tokens[i]), 0);
          comparison.add(run.get("top").get(i), logProbabilities);
          nll -= i + 1 < tokens.length ? logProbabilities[tokens[i + 1]] : 0;
        }
      }
      noteNll(comparison, run, nll / (tokens.length - 1));
    }
    comparison.print("defaults, token by token");
    assertDefaults(comparison);
  }

  private static void assertDefaults(Comparison comparison) {
    assertTrue(comparison.meanDifference() < 0.13);
    assertTrue(comparison.agreement() >= 0.96);
    assertTrue(comparison.worstNllOfLongTexts < 0.01);
  }

  private static Comparison comparePrompts(Transformer transformer, KvFormat format) {
    Comparison comparison = new Comparison();
    for (JsonNode run : CASES) {
      int[] tokens = ints(run.get("tokens"));
      double nll = 0;
      try (KvCache cache = transformer.newCache(format)) {
        for (int from = 0; from < tokens.length; from += Transformer.CHUNK) {
          int count = Math.min(Transformer.CHUNK, tokens.length - from);
          float[] logits = transformer.prefillAllLogits(cache, tokens, from, count);
          for (int i = from; i < from + count; i++) {
            float[] logProbabilities = logProbabilities(logits, i - from);
            comparison.add(run.get("top").get(i), logProbabilities);
            nll -= i + 1 < tokens.length ? logProbabilities[tokens[i + 1]] : 0;
          }
        }
      }
      noteNll(comparison, run, nll / (tokens.length - 1));
    }
    return comparison;
  }

  private static void noteNll(Comparison comparison, JsonNode run, double meanNll) {
    if (List.of("text09", "text10").contains(run.get("id").asText())) {
      comparison.worstNllOfLongTexts =
          Math.max(
              comparison.worstNllOfLongTexts, Math.abs(meanNll - run.get("mean_nll").asDouble()));
    }
  }

  private static float[] prefill(Transformer transformer, KvCache cache, int[] tokens) {
    float[] logits = {};
    for (int from = 0; from < tokens.length; from += Transformer.CHUNK) {
      int count = Math.min(Transformer.CHUNK, tokens.length - from);
      logits = transformer.prefill(cache, tokens, from, count, from + count == tokens.length);
    }
    return logits;
  }

  /** Natural-log probabilities from row {@code row} of {@code [rows, vocabulary]} logits. */
  private static float[] logProbabilities(float[] logits, int row) {
    int vocabulary = exact.config().vocabulary();
    double max = Double.NEGATIVE_INFINITY;
    for (int v = 0; v < vocabulary; v++) {
      max = Math.max(max, logits[row * vocabulary + v]);
    }
    double sum = 0;
    for (int v = 0; v < vocabulary; v++) {
      sum += Math.exp(logits[row * vocabulary + v] - max);
    }
    float[] result = new float[vocabulary];
    for (int v = 0; v < vocabulary; v++) {
      result[v] = (float) (logits[row * vocabulary + v] - max - Math.log(sum));
    }
    return result;
  }

  private static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private static int[] ints(JsonNode array) {
    int[] result = new int[array.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = array.get(i).asInt();
    }
    return result;
  }
}
