package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The final hidden states that a pass hands on. */
final class HiddenStateTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));
  private static final String TINY = "tiny/llama/model.gguf";

  /** One model on a team of two. */
  private static final class Model implements AutoCloseable {
    final GgufFile file;
    final ThreadTeam team = new ThreadTeam(2);
    final ModelConfig config;
    final Transformer transformer;

    Model(String name, boolean int8) throws IOException {
      file = GgufFile.open(MODELS.resolve(name));
      config = Architecture.configOf(file);
      transformer =
          new Transformer(file, config, Kernels.best(), team, 600, int8, LoadProgress.SILENT);
    }

    int[] tokens(int count, long seed) {
      return new Random(seed).ints(count, 0, config.vocabulary()).toArray();
    }

    HiddenStateReader into(List<float[]> states) {
      return (all, from) -> states.add(Arrays.copyOfRange(all, from, from + config.hidden()));
    }

    /** The states of a prompt that is computed in chunks. */
    List<float[]> states(int[] prompt, int chunk) {
      List<float[]> states = new ArrayList<>();
      try (KvCache cache = transformer.newCache(KvFormat.BF16)) {
        for (int from = 0; from < prompt.length; from += chunk) {
          int count = Math.min(chunk, prompt.length - from);
          transformer.clear();
          transformer.addPrompt(cache, prompt, from, count, into(states));
          transformer.compute();
        }
      }
      return states;
    }

    @Override
    public void close() {
      transformer.close();
      team.close();
      file.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        TINY,
        "tiny/llama-tied/model.gguf",
        "tiny/qwen2/model.gguf",
        "SmolLM2-135M-Instruct.Q4_1.gguf"
      })
  void theHeadMakesTheLogitsOfThem(String name) throws IOException {
    try (Model model = new Model(name, false);
        KvCache cache = model.transformer.newCache(KvFormat.BF16)) {
      int[] prompt = model.tokens(5, 1);
      float[] logits = model.transformer.prefillAllLogits(cache, prompt, 0, prompt.length);
      List<float[]> states = model.states(prompt, prompt.length);
      assertEquals(prompt.length, states.size());
      TensorName head = model.config.tiedHead() ? TensorName.TOKEN_EMBEDDING : TensorName.OUTPUT;
      TensorInfo tensor = model.file.tensor(head.fileName()).orElseThrow();
      int vocabulary = model.config.vocabulary();
      int hidden = model.config.hidden();
      RawBlocks matrix =
          new RawBlocks(tensor.format(), model.file.data(tensor), vocabulary, hidden, 1);
      float[] row = new float[hidden];
      for (int token = 0; token < vocabulary; token++) {
        matrix.decode(token, 0, hidden, row, 0);
        for (int position = 0; position < prompt.length; position++) {
          assertEquals(dot(row, states.get(position)), logits[position * vocabulary + token], 1e-3);
        }
      }
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void areTheSameHoweverThePromptIsCut() throws IOException {
    try (Model model = new Model(TINY, true)) {
      int[] prompt = model.tokens(300, 2);
      List<float[]> expected = model.states(prompt, Transformer.CHUNK);
      for (int chunk : new int[] {1, 7, 33, 255}) {
        assertSame(expected, model.states(prompt, chunk));
      }
    }
  }

  /** With a step, a prompt that wants logits, and another whose states are read. */
  @Test
  void areTheSameInCompanyWhichTheyDoNotChange() throws IOException {
    try (Model model = new Model(TINY, true);
        KvCache step = model.transformer.newCache(KvFormat.BF16);
        KvCache prompt = model.transformer.newCache(KvFormat.BF16);
        KvCache first = model.transformer.newCache(KvFormat.BF16);
        KvCache second = model.transformer.newCache(KvFormat.BF16)) {
      int[] tokens = model.tokens(40, 3);
      int[] others = model.tokens(50, 4);
      float[] expected = companions(model, step, prompt, tokens).clone();
      step.truncate(0);
      prompt.truncate(0);
      model.transformer.clear();
      model.transformer.addStep(step, tokens[0]);
      List<float[]> firstStates = new ArrayList<>();
      model.transformer.addPrompt(first, tokens, 0, 40, model.into(firstStates));
      model.transformer.addPrompt(prompt, tokens, 0, 40, 2);
      List<float[]> secondStates = new ArrayList<>();
      model.transformer.addPrompt(second, others, 0, 50, model.into(secondStates));
      assertArrayEquals(expected, Arrays.copyOf(model.transformer.compute(), expected.length));
      assertSame(model.states(tokens, 40), firstStates);
      assertSame(model.states(others, 50), secondStates);
    }
  }

  /** The logits of the step and of the end of the prompt without company. */
  private static float[] companions(Model model, KvCache step, KvCache prompt, int[] tokens) {
    model.transformer.clear();
    model.transformer.addStep(step, tokens[0]);
    model.transformer.addPrompt(prompt, tokens, 0, 40, 2);
    return Arrays.copyOf(model.transformer.compute(), 3 * model.config.vocabulary());
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "position " + i);
    }
  }
}
