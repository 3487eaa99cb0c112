package dev.lanewise.engine.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.cache.KvPool;
import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models whose windows are far shorter than their contexts, with caches that keep only those. */
final class WindowTest {
  private static final Path TINY = Path.of(System.getProperty("lanewise.models")).resolve("tiny");
  private static final int CONTEXT = 512;
  private static final int PROMPT = 430;

  private static ThreadTeam team;

  @BeforeAll
  static void start() {
    team = new ThreadTeam(2);
  }

  @AfterAll
  static void close() {
    team.close();
  }

  private static Transformer transformer(StoredModel file, boolean int8) throws IOException {
    return new Transformer(
        file,
        Architecture.configOf(file),
        Kernels.best(),
        team,
        CONTEXT,
        int8,
        LoadProgress.SILENT);
  }

  /**
   * Two sequences in turns, each with the memory that the other gave back, in a pool that does not
   * hold all positions in all layers.
   */
  @ParameterizedTest
  @CsvSource({
    "gemma2/model.gguf, 256, BF16",
    "gemma2/model.gguf, 33, F32",
    "gemma3/model.gguf, 256, BF16",
    "gemma3/model.gguf, 70, INT8",
    "gpt-oss/model.gguf, 256, BF16",
    "gpt-oss/model.gguf, 9, BF16",
    "mistral, 256, BF16",
    "mistral, 64, F32"
  })
  void whatWasGivenBackIsNotMissed(String name, int chunk, KvFormat format) throws IOException {
    try (StoredModel file = StoredModel.open(TINY.resolve(name));
        Transformer transformer = transformer(file, true)) {
      ModelConfig config = transformer.config();
      KvShape shape = KvShape.of(config, format);
      int blocks = 2 * shape.blocksFor(CONTEXT);
      int ofAllLayers = shape.blocksOfPages() * KvCache.pagesFor(CONTEXT);
      assertTrue(blocks < 1.7 * ofAllLayers, blocks + " of " + ofAllLayers + " blocks");
      try (KvPool pool = new KvPool(shape, blocks)) {
        KvCache[] caches = new KvCache[2];
        KvCache[] whole = new KvCache[2];
        int[][] tokens = new int[2][];
        for (int i = 0; i < 2; i++) {
          caches[i] = new KvCache(pool, CONTEXT);
          whole[i] = transformer.newCache(format);
          tokens[i] = new Random(i).ints(CONTEXT, 0, config.vocabulary()).toArray();
        }
        for (int at = 0; at < PROMPT; at += chunk) {
          int count = Math.min(chunk, PROMPT - at);
          for (int i = 0; i < 2; i++) {
            float[] expected = transformer.prefillAllLogits(whole[i], tokens[i], at, count);
            float[] found = transformer.prefillAllLogits(caches[i], tokens[i], at, count);
            assertArrayEquals(expected, found, "chunk at " + at);
            caches[i].releaseUnneeded();
          }
        }
        for (int at = PROMPT; at < CONTEXT; at++) {
          int[] next = {tokens[0][at], tokens[1][at]};
          float[] expected = transformer.decode(whole, next, 2).clone();
          assertArrayEquals(expected, transformer.decode(caches, next, 2), "step " + at);
          caches[0].releaseUnneeded();
          caches[1].releaseUnneeded();
        }
        for (int i = 0; i < 2; i++) {
          caches[i].close();
          whole[i].close();
        }
      }
    }
  }

  /** In F32 prompts and steps are computed alike. */
  @ParameterizedTest
  @CsvSource({"gemma2/model.gguf", "gemma3/model.gguf", "gpt-oss/model.gguf", "mistral"})
  void aPromptInOneGoIsWhatItsTokensAreOneByOne(String name) throws IOException {
    try (StoredModel file = StoredModel.open(TINY.resolve(name));
        Transformer transformer = transformer(file, false)) {
      KvShape shape = KvShape.of(transformer.config(), KvFormat.F32);
      int vocabulary = transformer.config().vocabulary();
      int[] tokens = new Random(5).ints(CONTEXT, 0, vocabulary).toArray();
      try (KvPool pool = new KvPool(shape, 2 * shape.blocksFor(CONTEXT));
          KvCache prompt = new KvCache(pool, CONTEXT);
          KvCache steps = new KvCache(pool, CONTEXT)) {
        for (int at = 0; at < CONTEXT; at += 256) {
          float[] logits = transformer.prefillAllLogits(prompt, tokens, at, 256);
          prompt.releaseUnneeded();
          for (int i = 0; i < 256; i++) {
            float[] expected = Arrays.copyOfRange(logits, i * vocabulary, (i + 1) * vocabulary);
            float[] found = Arrays.copyOf(transformer.decode(steps, tokens[at + i]), vocabulary);
            assertArrayEquals(expected, found, "position " + (at + i));
            steps.releaseUnneeded();
          }
        }
      }
    }
  }
}
