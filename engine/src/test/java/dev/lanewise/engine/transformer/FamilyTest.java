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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    Model(String name, boolean int8) throws IOException {
      this(name, TINY.resolve(name).resolve("model.gguf"), int8);
    }

    Model(String name, Path path, boolean int8) throws IOException {
      reference = JSON.readTree(TINY.resolve(name).resolve("reference.json").toFile());
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "llama-tied",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3",
        "phi3",
        "granite",
        "olmo2",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "granite-moe",
        "gpt-oss",
        "gpt2",
        "gpt-neox",
        "bloom"
      })
  void computesItsReference(String name) throws IOException {
    try (Model model = new Model(name, false)) {
      assertReference(model);
    }
  }

  /** Hidden states of a text, all of which is in one pass. */
  @ParameterizedTest
  @ValueSource(strings = {"bert", "modernbert"})
  void encodersComputeTheirReference(String name) throws IOException {
    try (Model model = new Model(name, false);
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

  /** From the files that models are published in. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama-tied", "mistral", "qwen2", "qwen3"})
  void computesItsReferenceFromSafetensors(String name) throws IOException {
    try (Model model = new Model(name, TINY.resolve(name), false)) {
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
  @ValueSource(
      strings = {
        "llama",
        "llama-tied",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3",
        "phi3",
        "granite",
        "olmo2",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "granite-moe",
        "gpt-oss",
        "gpt2",
        "gpt-neox",
        "bloom"
      })
  void theDefaultsFindTheSameTokens(String name) throws IOException {
    try (Model exact = new Model(name, false);
        Model model = new Model(name, true);
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
      assertTrue(same >= 0.9 * count, name + ": " + same + " of " + count + " in a prompt");
      assertTrue(sameInSteps >= 0.9 * count, name + ": " + sameInSteps + " of " + count);
    }
  }

  /** Steps of several sequences of different lengths, each as if it were alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "qwen3",
        "gemma2",
        "gemma3",
        "phi3",
        "granite",
        "olmo2",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "granite-moe",
        "gpt-oss",
        "gpt2",
        "gpt-neox",
        "bloom"
      })
  void companyChangesNothing(String name) throws IOException {
    try (Model model = new Model(name, true);
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
