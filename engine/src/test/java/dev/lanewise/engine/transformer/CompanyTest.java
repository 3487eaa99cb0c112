package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is computed for a sequence does not depend on what is computed with it, in any bit. */
final class CompanyTest {
  private static final Path MODELS = Path.of(System.getProperty("lanewise.models"));
  private static final String DEFAULT = "SmolLM2-135M-Instruct.Q4_1.gguf";
  private static final int MOST_SEQUENCES = 9;

  /** One model on one team. */
  private static final class Model implements AutoCloseable {
    final GgufFile file;
    final ThreadTeam team;
    final Transformer transformer;

    Model(String name, int threads, boolean int8) throws IOException {
      file = GgufFile.open(MODELS.resolve(name));
      team = new ThreadTeam(threads);
      transformer =
          new Transformer(
              file,
              Architecture.configOf(file),
              Kernels.best(),
              team,
              1200,
              int8,
              LoadProgress.SILENT);
    }

    int[] tokens(int count, long seed) {
      return new Random(seed).ints(count, 0, transformer.config().vocabulary()).toArray();
    }

    /** The logits after a prompt that is computed in chunks of at most {@code chunk} tokens. */
    float[] prefill(KvCache cache, int[] prompt, int chunk) {
      for (int from = 0; from < prompt.length; from += chunk) {
        int count = Math.min(chunk, prompt.length - from);
        transformer.prefill(cache, prompt, from, count, from + count == prompt.length);
      }
      return logits(transformer.decode(cache, prompt[0]), 0);
    }

    float[] logits(float[] all, int row) {
      int vocabulary = transformer.config().vocabulary();
      return Arrays.copyOfRange(all, row * vocabulary, (row + 1) * vocabulary);
    }

    @Override
    public void close() {
      transformer.close();
      team.close();
      file.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPromptMayBeCutAnywhere(KvFormat format) throws IOException {
    try (Model model = new Model("tiny/llama/model.gguf", 2, true)) {
      int[] prompt = model.tokens(1100, 1);
      float[] expected;
      try (KvCache cache = model.transformer.newCache(format)) {
        expected = model.prefill(cache, prompt, Transformer.CHUNK);
      }
      for (int chunk : new int[] {1, 2, 7, 31, 32, 33, 100, 255}) {
        try (KvCache cache = model.transformer.newCache(format)) {
          assertArrayEquals(expected, model.prefill(cache, prompt, chunk), "chunks of " + chunk);
        }
      }
    }
  }

  @Test
  void aPromptOfTheDefaultModelMayBeCutAnywhere() throws IOException {
    try (Model model = new Model(DEFAULT, 2, true);
        KvCache cache = model.transformer.newCache(KvFormat.BF16)) {
      int[] prompt = model.tokens(77, 2);
      float[] expected = model.prefill(cache, prompt, 77);
      for (int chunk : new int[] {5, 32, 50}) {
        cache.truncate(0);
        assertArrayEquals(expected, model.prefill(cache, prompt, chunk), "chunks of " + chunk);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tiny/llama/model.gguf, true, INT8",
    "tiny/qwen2/model.gguf, true, BF16",
    "tiny/qwen2/model.gguf, false, F32",
    DEFAULT + ", true, BF16",
    DEFAULT + ", false, F32"
  })
  void sequencesDecodedTogetherAreDecodedAsAlone(String name, boolean int8, KvFormat format)
      throws IOException {
    int steps = 2;
    try (Model model = new Model(name, 2, int8)) {
      KvCache[] caches = new KvCache[MOST_SEQUENCES];
      int[] lengths = new int[MOST_SEQUENCES];
      int[][] tokens = new int[MOST_SEQUENCES][];
      float[][][] alone = new float[MOST_SEQUENCES][steps][];
      for (int i = 0; i < MOST_SEQUENCES; i++) {
        lengths[i] = 1 + 37 * i;
        tokens[i] = model.tokens(lengths[i] + steps, i);
        caches[i] = model.transformer.newCache(format);
        model.prefill(caches[i], Arrays.copyOf(tokens[i], lengths[i]), Transformer.CHUNK);
        caches[i].truncate(lengths[i]);
        for (int step = 0; step < steps; step++) {
          float[] logits = model.transformer.decode(caches[i], tokens[i][lengths[i] + step]);
          alone[i][step] = model.logits(logits, 0);
        }
      }
      for (int together = 1; together <= MOST_SEQUENCES; together++) {
        for (int i = 0; i < MOST_SEQUENCES; i++) {
          caches[i].truncate(lengths[i]);
        }
        for (int step = 0; step < steps; step++) {
          int[] next = new int[together];
          for (int i = 0; i < together; i++) {
            next[i] = tokens[i][lengths[i] + step];
          }
          float[] logits = model.transformer.decode(caches, next, together);
          for (int i = 0; i < together; i++) {
            assertArrayEquals(
                alone[i][step],
                model.logits(logits, i),
                "sequence " + i + " of " + together + ", step " + step);
          }
        }
      }
      for (KvCache cache : caches) {
        cache.close();
      }
    }
  }

  /**
   * Passes of steps and stretches of several prompts: each sequence has its prompt computed in
   * pieces of random lengths beside the others, then goes on for some steps.
   */
  @ParameterizedTest
  @CsvSource({
    "tiny/llama/model.gguf, true",
    "tiny/qwen2/model.gguf, false",
    DEFAULT + ", true",
  })
  void promptsAndStepsComputedTogetherAreComputedAsAlone(String name, boolean int8)
      throws IOException {
    int steps = 6;
    int[] lengths = {90, 3, 40, 1, 61, 33, 17};
    try (Model model = new Model(name, 2, int8)) {
      KvCache[] caches = new KvCache[lengths.length];
      int[][] tokens = new int[lengths.length][];
      float[][][] alone = new float[lengths.length][][];
      for (int i = 0; i < lengths.length; i++) {
        tokens[i] = model.tokens(lengths[i] + steps, 100 + i);
        caches[i] = model.transformer.newCache(KvFormat.BF16);
        alone[i] = new float[steps + 1][];
        float[] logits = model.transformer.prefill(caches[i], tokens[i], 0, lengths[i], true);
        alone[i][0] = model.logits(logits, 0);
        for (int step = 0; step < steps; step++) {
          logits = model.transformer.decode(caches[i], tokens[i][lengths[i] + step]);
          alone[i][step + 1] = model.logits(logits, 0);
        }
        caches[i].truncate(0);
      }
      Random random = new Random(8);
      int left = lengths.length;
      while (left > 0) {
        model.transformer.clear();
        List<Integer> wanted = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
          int length = caches[i].length();
          if (length >= lengths[i] && length < tokens[i].length) {
            model.transformer.addStep(caches[i], tokens[i][length]);
            wanted.add(i);
          }
        }
        for (int i = 0; i < lengths.length; i++) {
          int rest = lengths[i] - caches[i].length();
          if (rest > 0 && (wanted.isEmpty() || random.nextInt(3) > 0)) {
            int count = 1 + random.nextInt(rest);
            model.transformer.addPrompt(
                caches[i], tokens[i], caches[i].length(), count, count == rest ? 1 : 0);
            if (count == rest) {
              wanted.add(i);
            }
          }
        }
        float[] logits = model.transformer.compute();
        for (int row = 0; row < wanted.size(); row++) {
          int i = wanted.get(row);
          int step = caches[i].length() - lengths[i];
          assertArrayEquals(
              alone[i][step], model.logits(logits, row), "sequence " + i + ", step " + step);
          left -= step == steps ? 1 : 0;
        }
      }
      for (KvCache cache : caches) {
        cache.close();
      }
    }
  }

  @Test
  void theNumberOfThreadsChangesNothing() throws IOException {
    float[] expected = {};
    for (int threads = 1; threads <= 5; threads++) {
      try (Model model = new Model("tiny/llama/model.gguf", threads, true);
          KvCache cache = model.transformer.newCache(KvFormat.BF16)) {
        float[] actual = model.prefill(cache, model.tokens(600, 3), Transformer.CHUNK);
        expected = threads == 1 ? actual : expected;
        assertArrayEquals(expected, actual, threads + " threads");
      }
    }
  }

  /** Whatever was in a cache before leaves no trace. */
  @Test
  void aCacheThatWasUsedBeforeIsAsGoodAsANewOne() throws IOException {
    try (Model model = new Model("tiny/llama/model.gguf", 2, true);
        KvCache fresh = model.transformer.newCache(KvFormat.BF16);
        KvCache used = model.transformer.newCache(KvFormat.BF16)) {
      model.prefill(used, model.tokens(1000, 4), Transformer.CHUNK);
      used.truncate(0);
      int[] prompt = model.tokens(300, 5);
      assertArrayEquals(
          model.prefill(fresh, prompt, Transformer.CHUNK),
          model.prefill(used, prompt, Transformer.CHUNK));
    }
  }
}
