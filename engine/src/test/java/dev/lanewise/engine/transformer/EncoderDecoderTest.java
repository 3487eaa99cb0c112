package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny models of an encoder and a decoder, beside what they must compute. */
final class EncoderDecoderTest {
  private static final Path TINY = Path.of(System.getProperty("lanewise.models")).resolve("tiny");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CONTEXT = 400;
  private static final int START = 0;

  /** A model, and a team of its own. */
  private static final class Model implements AutoCloseable {
    final JsonNode reference;
    final StoredModel file;
    final ThreadTeam team;
    final Transformer transformer;

    Model(String name, String in, boolean int8, int threads) throws IOException {
      reference = JSON.readTree(TINY.resolve(name).resolve("reference.json").toFile());
      file = StoredModel.open(TINY.resolve(name).resolve(in));
      team = new ThreadTeam(threads);
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

    int[] ints(String field) {
      return IntStream.range(0, reference.get(field).size())
          .map(i -> reference.get(field).get(i).asInt())
          .toArray();
    }

    float[] row(float[] logits, int row) {
      int vocabulary = transformer.config().vocabulary();
      return Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary);
    }

    /** Has the encoder read the text of the reference. */
    void read(KvCache cache) {
      transformer.clear();
      transformer.addText(cache, ints("tokens"));
      transformer.compute();
    }

    /** The logits after each of the reference's tokens of the decoder, as one prompt. */
    float[] logits(KvFormat format) {
      try (KvCache cache = transformer.newCache(format)) {
        read(cache);
        int[] tokens = ints("decoder_tokens");
        return transformer.prefillAllLogits(cache, tokens, 0, tokens.length);
      }
    }

    @Override
    public void close() {
      transformer.close();
      team.close();
      file.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"t5", "t5-gated"})
  void computesItsReference(String name) throws IOException {
    try (Model model = new Model(name, "model.gguf", false, 2)) {
      assertReference(model);
    }
  }

  /** From the files that models are published in. */
  @ParameterizedTest
  @ValueSource(strings = {"t5", "t5-gated"})
  void computesItsReferenceFromSafetensors(String name) throws IOException {
    try (Model model = new Model(name, "", false, 2)) {
      assertReference(model);
    }
  }

  private static void assertReference(Model model) {
    float[] logits = model.logits(KvFormat.F32);
    int[] positions = model.ints("positions");
    for (int i = 0; i < positions.length; i++) {
      float[] row = model.row(logits, positions[i]);
      for (int v = 0; v < row.length; v++) {
        double expected = model.reference.get("logits").get(i).get(v).asDouble();
        assertEquals(expected, row[v], 1e-3, "position %d, token %d".formatted(positions[i], v));
      }
    }
    try (KvCache cache = model.transformer.newCache(KvFormat.F32)) {
      model.read(cache);
      int next = START;
      for (int expected : model.ints("greedy")) {
        next = argmax(model.transformer.decode(cache, next));
        assertEquals(expected, next);
      }
    }
  }

  /** With the roundings of the defaults. */
  @ParameterizedTest
  @ValueSource(strings = {"t5", "t5-gated"})
  void agreesWithItsReferenceByDefault(String name) throws IOException {
    try (Model exact = new Model(name, "model.gguf", false, 2);
        Model rounded = new Model(name, "model.gguf", true, 2)) {
      Random random = new Random(1);
      int same = 0;
      int all = 0;
      for (int text = 0; text < 12; text++) {
        int[] tokens = random.ints(5 + 9 * text, 3, 319).toArray();
        List<Integer> expected = greedy(exact, KvFormat.F32, tokens, List.of());
        List<Integer> actual = greedy(rounded, KvFormat.BF16, tokens, expected);
        for (int i = 0; i < expected.size(); i++) {
          same += expected.get(i).equals(actual.get(i)) ? 1 : 0;
          all++;
        }
      }
      assertTrue(same >= 0.9 * all, same + " of " + all + " tokens agree");
    }
  }

  /** The likeliest tokens, each after those before it or after those that are given. */
  private static List<Integer> greedy(
      Model model, KvFormat format, int[] text, List<Integer> given) {
    List<Integer> chosen = new ArrayList<>();
    try (KvCache cache = model.transformer.newCache(format)) {
      model.transformer.clear();
      model.transformer.addText(cache, text);
      model.transformer.addStep(cache, START);
      for (int i = 0; i < 12; i++) {
        int next = argmax(model.transformer.compute());
        chosen.add(next);
        model.transformer.clear();
        model.transformer.addStep(cache, given.isEmpty() ? next : given.get(i));
      }
    }
    return chosen;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void companyAndThreadsDoNotChangeAResult(int threads) throws IOException {
    try (Model model = new Model("t5-gated", "model.gguf", true, threads);
        Model other = new Model("t5-gated", "model.gguf", true, 2)) {
      int[][] texts = new int[5][];
      Random random = new Random(2);
      for (int i = 0; i < texts.length; i++) {
        texts[i] = random.ints(new int[] {1, 70, 33, 5, 130}[i], 3, 319).toArray();
      }
      KvCache[] caches = new KvCache[texts.length];
      List<List<float[]>> together = new ArrayList<>();
      Transformer transformer = model.transformer;
      transformer.clear();
      for (int i = 0; i < texts.length; i++) {
        caches[i] = transformer.newCache(KvFormat.BF16);
        transformer.addText(caches[i], texts[i]);
        transformer.addPrompt(caches[i], new int[] {START}, 0, 1, 1);
        together.add(new ArrayList<>());
      }
      for (int step = 0; step < 6; step++) {
        float[] logits = transformer.compute();
        for (int i = 0; i < texts.length; i++) {
          together.get(i).add(model.row(logits, i));
        }
        transformer.clear();
        for (int i = 0; i < texts.length; i++) {
          transformer.addStep(caches[i], 10 * i + step);
        }
      }
      for (KvCache cache : caches) {
        cache.close();
      }
      for (int i = 0; i < texts.length; i++) {
        List<float[]> alone = together.get(i);
        try (KvCache cache = other.transformer.newCache(KvFormat.BF16)) {
          other.transformer.clear();
          other.transformer.addText(cache, texts[i]);
          other.transformer.compute();
          other.transformer.clear();
          other.transformer.addPrompt(cache, new int[] {START}, 0, 1, 1);
          for (int step = 0; step < alone.size(); step++) {
            assertArrayEquals(alone.get(step), other.row(other.transformer.compute(), 0));
            other.transformer.clear();
            other.transformer.addStep(cache, 10 * i + step);
          }
        }
      }
    }
  }

  @Test
  void aTextMayBeAsLongAsTheContextButNoLonger() throws IOException {
    try (Model model = new Model("t5", "model.gguf", true, 2);
        KvCache cache = model.transformer.newCache(KvFormat.BF16)) {
      int[] text = new Random(3).ints(CONTEXT + 1, 3, 319).toArray();
      assertThrows(IllegalArgumentException.class, () -> model.transformer.addText(cache, text));
      List<Integer> first = greedy(model, KvFormat.BF16, Arrays.copyOf(text, CONTEXT), List.of());
      int[] changed = Arrays.copyOf(text, CONTEXT);
      changed[0] = 3 + (changed[0] + 1) % 300;
      float[] one = firstLogits(model, Arrays.copyOf(text, CONTEXT));
      float[] two = firstLogits(model, changed);
      assertTrue(!Arrays.equals(one, two), "the first token of the text has no effect");
      assertEquals(12, first.size());
    }
  }

  private static float[] firstLogits(Model model, int[] text) {
    try (KvCache cache = model.transformer.newCache(KvFormat.BF16)) {
      model.transformer.clear();
      model.transformer.addText(cache, text);
      model.transformer.addStep(cache, START);
      return model.row(model.transformer.compute(), 0);
    }
  }

  /** A decoder that has nothing to attend to would compute nonsense. */
  @Test
  void theDecoderNeedsAText() throws IOException {
    try (Model model = new Model("t5", "model.gguf", true, 2);
        KvCache cache = model.transformer.newCache(KvFormat.BF16)) {
      model.transformer.clear();
      model.transformer.addStep(cache, START);
      assertThrows(IllegalStateException.class, model.transformer::compute);
    }
  }

  private static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
