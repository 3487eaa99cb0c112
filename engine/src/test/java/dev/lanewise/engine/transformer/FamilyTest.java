package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A tiny model of each family, beside what it must compute. */
final class FamilyTest {
  private static final Path TINY = Path.of(System.getProperty("lanewise.models")).resolve("tiny");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CONTEXT = 256;

  private static ThreadTeam team;

  @BeforeAll
  static void start() {
    team = new ThreadTeam(2);
  }

  @AfterAll
  static void close() {
    team.close();
  }

  /** A model with its reference. */
  private static final class Model implements AutoCloseable {
    final JsonNode reference;
    final int[] tokens;
    final StoredModel file;
    final Transformer transformer;

    Model(Tiny tiny, boolean int8) throws IOException {
      this(tiny, tiny.file(), int8);
    }

    Model(Tiny tiny, Path path, boolean int8) throws IOException {
      reference = JSON.readTree(tiny.folder().resolve("reference.json").toFile());
      tokens = ints(reference.get("tokens"));
      file = StoredModel.open(path);
      transformer =
          new Transformer(
              file,
              Architecture.configOf(file),
              Kernels.best(),
              team,
              CONTEXT,
              int8,
              LoadProgress.SILENT);
    }

    int vocabulary() {
      return transformer.config().vocabulary();
    }

    List<float[]> states(KvCache cache, int[] text) {
      List<float[]> states = new ArrayList<>();
      int hidden = transformer.config().hidden();
      transformer.clear();
      transformer.addPrompt(
          cache,
          text,
          0,
          text.length,
          (all, from) -> states.add(Arrays.copyOfRange(all, from, from + hidden)));
      transformer.compute();
      return states;
    }

    float[] row(float[] logits, int row) {
      return Arrays.copyOfRange(logits, row * vocabulary(), (row + 1) * vocabulary());
    }

    @Override
    public void close() {
      transformer.close();
      file.close();
    }
  }

  /**
   * A tiny model in safetensors.
   *
   * @param name of its folder
   * @param gguf whether it is there as model.gguf too
   */
  record Tiny(String name, boolean gguf) {
    Path file() {
      return gguf ? folder().resolve("model.gguf") : folder();
    }

    Path folder() {
      return TINY.resolve(name);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** One of each family; Mistral's is that of a Llama with a window. */
  private static final List<Tiny> ALL =
      List.of(
          new Tiny("llama", true),
          new Tiny("llama-tied", true),
          new Tiny("mistral", false),
          new Tiny("qwen2", true),
          new Tiny("qwen3", true),
          new Tiny("gemma2", true),
          new Tiny("gemma3", true),
          new Tiny("phi3", true),
          new Tiny("granite", true),
          new Tiny("olmo2", true),
          new Tiny("smollm3", true),
          new Tiny("mixtral", true),
          new Tiny("qwen3-moe", true),
          new Tiny("olmoe", true),
          new Tiny("granite-moe", true),
          new Tiny("gpt-oss", true),
          new Tiny("gpt2", true),
          new Tiny("gpt-neox", true),
          new Tiny("bloom", true),
          new Tiny("opt-relu", false));

  private static Stream<Tiny> all() {
    return ALL.stream();
  }

  private static Stream<Tiny> inGguf() {
    return ALL.stream().filter(Tiny::gguf);
  }

  @ParameterizedTest
  @MethodSource("inGguf")
  void computesItsReference(Tiny tiny) throws IOException {
    try (Model model = new Model(tiny, false)) {
      assertReference(model);
    }
  }

  /** Hidden states of a text, all of which is in one pass. */
  @ParameterizedTest
  @CsvSource({"bert, true", "bert, false", "modernbert, true", "modernbert, false"})
  void encodersComputeTheirReference(String name, boolean gguf) throws IOException {
    try (Model model = new Model(new Tiny(name, gguf), false);
        KvCache cache = model.transformer.newCache(KvFormat.F32)) {
      List<float[]> states = model.states(cache, model.tokens);
      JsonNode positions = model.reference.get("positions");
      for (int i = 0; i < positions.size(); i++) {
        float[] state = states.get(positions.get(i).asInt());
        for (int h = 0; h < state.length; h++) {
          double expected = model.reference.get("hidden").get(i).get(h).asDouble();
          assertEquals(expected, state[h], 1e-3, "position %s".formatted(positions.get(i)));
        }
      }
      for (int h = 0; h < states.getFirst().length; h++) {
        int element = h;
        double mean = states.stream().mapToDouble(state -> state[element]).average().orElseThrow();
        assertEquals(model.reference.get("mean").get(h).asDouble(), mean, 1e-3);
      }
    }
  }

  /** Weights in F32, and the mean as llama.cpp computes it, which rounds keys and values to F16. */
  @Test
  void nomicBertFindsWhatAnotherImplementationFinds() throws IOException {
    try (Model model = new Model(new Tiny("nomic-bert", true), false);
        KvCache cache = model.transformer.newCache(KvFormat.F32)) {
      List<float[]> states = model.states(cache, model.tokens);
      double[] sum = new double[states.getFirst().length];
      states.forEach(state -> Arrays.setAll(sum, h -> sum[h] + state[h]));
      double length = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
      JsonNode expected = model.reference.get("unit_mean");
      for (int h = 0; h < sum.length; h++) {
        assertEquals(expected.get(h).asDouble(), sum[h] / length, 1e-3, "element " + h);
      }
    }
  }

  /** From the files that models are published in. */
  @ParameterizedTest
  @MethodSource("all")
  void computesItsReferenceFromSafetensors(Tiny tiny) throws IOException {
    try (Model model = new Model(tiny, tiny.folder(), false)) {
      assertReference(model);
    }
  }

  private static void assertReference(Model model) {
    try (KvCache cache = model.transformer.newCache(KvFormat.F32)) {
      int count = model.tokens.length;
      float[] logits = model.transformer.prefillAllLogits(cache, model.tokens, 0, count);
      JsonNode positions = model.reference.get("positions");
      for (int i = 0; i < positions.size(); i++) {
        float[] row = model.row(logits, positions.get(i).asInt());
        for (int v = 0; v < row.length; v++) {
          double expected = model.reference.get("logits").get(i).get(v).asDouble();
          assertEquals(
              expected, row[v], 1e-3, "position %s, token %d".formatted(positions.get(i), v));
        }
      }
      int next = argmax(model.row(logits, count - 1));
      for (JsonNode greedy : model.reference.get("greedy")) {
        assertEquals(greedy.asInt(), next);
        next = argmax(model.transformer.decode(cache, next));
      }
    }
  }

  /** With the roundings of the defaults, and whatever the cut: in pieces and token by token. */
  @ParameterizedTest
  @MethodSource("all")
  void theDefaultsFindTheSameTokens(Tiny tiny) throws IOException {
    try (Model exact = new Model(tiny, false);
        Model model = new Model(tiny, true);
        KvCache f32 = exact.transformer.newCache(KvFormat.F32);
        KvCache whole = model.transformer.newCache(KvFormat.BF16);
        KvCache pieces = model.transformer.newCache(KvFormat.BF16);
        KvCache steps = model.transformer.newCache(KvFormat.BF16)) {
      int[] tokens = model.tokens;
      int count = tokens.length;
      float[] expected = exact.transformer.prefillAllLogits(f32, tokens, 0, count);
      float[] logits = model.transformer.prefillAllLogits(whole, tokens, 0, count);
      int same = 0;
      int sameInSteps = 0;
      for (int i = 0; i < count; i++) {
        if (i % 7 == 0) {
          int piece = Math.min(7, count - i);
          float[] part = model.transformer.prefillAllLogits(pieces, tokens, i, piece);
          assertArrayEquals(model.row(logits, i), model.row(part, 0), "piece at " + i);
        }
        int token = argmax(exact.row(expected, i));
        same += argmax(model.row(logits, i)) == token ? 1 : 0;
        float[] step = model.transformer.decode(steps, tokens[i]);
        sameInSteps += argmax(model.row(step, 0)) == token ? 1 : 0;
      }
      assertTrue(same >= 0.9 * count, tiny + ": " + same + " of " + count + " in a prompt");
      assertTrue(sameInSteps >= 0.9 * count, tiny + ": " + sameInSteps + " of " + count);
    }
  }

  /** Steps of several sequences of different lengths, each as if it were alone. */
  @ParameterizedTest
  @MethodSource("all")
  void companyChangesNothing(Tiny tiny) throws IOException {
    try (Model model = new Model(tiny, true);
        KvCache one = model.transformer.newCache(KvFormat.BF16);
        KvCache two = model.transformer.newCache(KvFormat.BF16)) {
      int[] tokens = model.tokens;
      float[][] alone = new float[2][];
      for (int run = 0; run < 2; run++) {
        one.truncate(0);
        two.truncate(0);
        model.transformer.prefill(one, tokens, 0, 40, false);
        model.transformer.prefill(two, tokens, 5, 20, false);
        if (run == 0) {
          alone[0] = model.row(model.transformer.decode(one, tokens[40]), 0);
          alone[1] = model.row(model.transformer.decode(two, tokens[3]), 0);
        } else {
          float[] both =
              model.transformer.decode(
                  new KvCache[] {one, two}, new int[] {tokens[40], tokens[3]}, 2);
          assertArrayEquals(alone[0], model.row(both, 0));
          assertArrayEquals(alone[1], model.row(both, 1));
        }
      }
    }
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
