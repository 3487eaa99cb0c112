package dev.lanewise.engine;

import static dev.lanewise.engine.TestModels.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.sparse.CalibratedModel;
import dev.lanewise.engine.sparse.LayerLevel;
import dev.lanewise.engine.sparse.ModelHash;
import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.engine.sparse.SparsityFile;
import dev.lanewise.engine.sparse.SparsityLevel;
import dev.lanewise.engine.sparse.ThresholdLevel;
import dev.lanewise.engine.sparse.ThresholdMethod;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to an engine that leaves out a part of the work. */
final class SparseAnswersTest {
  private static final int CONTEXT = 512;
  private static final int TOKENS = 100;

  /** The level of the file that leaves out nothing. */
  private static final double NOTHING = 0.1;

  /** The level of the file that leaves out all neurons. */
  private static final double ALL = 0.9;

  @TempDir private Path folder;

  private static EngineOptions options(int blocks) throws IOException {
    long block;
    try (GgufFile file = GgufFile.open(TestModels.TINY)) {
      block = KvShape.of(Architecture.configOf(file), KvFormat.BF16).blockBytes();
    }
    return new EngineOptions(
            2,
            OptionalInt.of(CONTEXT),
            EngineOptions.Activations.INT8,
            KvFormat.BF16,
            Optional.empty())
        .withBatching(new Batching(8, 8, OptionalLong.of(blocks * block), 0.5));
  }

  private static Engine dense() throws IOException {
    return TestModels.load(TestModels.TINY, options(200));
  }

  private Engine engine(String sparsity, int blocks) throws IOException {
    String choice = sparsity.replace("FILE", thresholds(TestModels.TINY).toString());
    return TestModels.load(
        TestModels.TINY, options(blocks).withSparsity(SparsityChoice.parse(choice)));
  }

  private Path thresholds(Path calibrated) throws IOException {
    ModelConfig config;
    try (GgufFile file = GgufFile.open(TestModels.TINY)) {
      config = Architecture.configOf(file);
    }
    Path path = folder.resolve("model.cats.json");
    new SparsityFile(
            SparsityFile.VERSION,
            new CalibratedModel("model.gguf", ModelHash.of(calibrated), "as-is"),
            ThresholdMethod.CATS,
            ALL,
            100,
            10,
            11,
            config.ffnHidden(),
            List.of(),
            List.of(level(NOTHING, Float.MIN_VALUE, config), level(ALL, Float.MAX_VALUE, config)))
        .write(path);
    return path;
  }

  private static SparsityLevel level(double target, float neurons, ModelConfig config) {
    LayerLevel layer = new LayerLevel(0, 0, 0, 0, 0, 0, 0, neurons);
    return new ThresholdLevel(target, target, target, Collections.nCopies(config.layers(), layer));
  }

  private static int[] prompt(long seed, int length) {
    return new Random(seed).ints(length, 5, 250).toArray();
  }

  /** Has {@link #TOKENS} tokens, whatever the model says. */
  private static GenerationRequest request(int[] prompt, AnswerSparsity sparsity) {
    return request(prompt, TOKENS, sparsity);
  }

  private static GenerationRequest request(int[] prompt, int tokens, AnswerSparsity sparsity) {
    return new GenerationRequest(
        prompt,
        OptionalInt.of(tokens),
        Sampling.greedy(),
        new Ending(List.of(), Set.of(), 0, true),
        Optional.empty(),
        AnswerDetails.logprobs(OptionalInt.of(0)),
        sparsity,
        0,
        Optional.empty(),
        "");
  }

  private static List<Integer> tokens(Generation generation) throws InterruptedException {
    read(generation);
    generation.result();
    return generation.takeTokens().stream().map(TokenLogprobs::token).toList();
  }

  private static List<Integer> answer(Engine engine, int[] prompt, AnswerSparsity sparsity)
      throws InterruptedException {
    return tokens(engine.submit(request(prompt, sparsity)));
  }

  private static int cached(Engine engine, int[] prompt, AnswerSparsity sparsity)
      throws InterruptedException {
    Generation generation = engine.submit(request(prompt, 1, sparsity));
    read(generation);
    return generation.result().timings().cachedTokens();
  }

  private static int[] conversation(int[] prompt, List<Integer> answer, int more) {
    List<Integer> all = new ArrayList<>();
    for (int token : prompt) {
      all.add(token);
    }
    all.addAll(answer);
    for (int i = 0; i < more; i++) {
      all.add(7);
    }
    return all.stream().mapToInt(token -> token).toArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"FILE", "coreinfer@0.3"})
  void anAnswerLeavesOutWhatWasChosenUnlessItAsksForNothing(String sparsity) throws Exception {
    int[] prompt = prompt(1, 40);
    try (Engine dense = dense();
        Engine sparse = engine(sparsity, 200)) {
      List<Integer> whole = answer(dense, prompt, AnswerSparsity.OF_ENGINE);
      List<Integer> left = answer(sparse, prompt, AnswerSparsity.OF_ENGINE);
      assertEquals(TOKENS, left.size());
      assertNotEquals(whole, left);
      assertEquals(whole.getFirst(), left.getFirst(), "the prompt is computed whole");
      assertEquals(whole, answer(sparse, prompt, AnswerSparsity.DENSE));
      assertEquals(left, answer(sparse, prompt, AnswerSparsity.ON), "with the prompt in the cache");
    }
  }

  @Test
  void anAnswerAsksForAShareOfItsOwn() throws Exception {
    int[] prompt = prompt(1, 40);
    try (Engine dense = dense();
        Engine sparse = engine("FILE@0.1", 200);
        Engine core = engine("coreinfer@0.3", 200);
        Engine other = engine("coreinfer@0.6", 200)) {
      List<Integer> whole = answer(dense, prompt, AnswerSparsity.OF_ENGINE);
      assertEquals(whole, answer(sparse, prompt, AnswerSparsity.OF_ENGINE));
      assertEquals(whole, answer(sparse, prompt, AnswerSparsity.share(0.5)), "the level below");
      assertNotEquals(whole, answer(sparse, prompt, AnswerSparsity.share(ALL)));
      List<Integer> less = answer(other, prompt, AnswerSparsity.OF_ENGINE);
      assertNotEquals(less, answer(core, prompt, AnswerSparsity.OF_ENGINE));
      assertEquals(less, answer(core, prompt, AnswerSparsity.share(0.4)));
    }
  }

  /** A dense answer is found again as a whole; of a sparse one, only the blocks of its prompt. */
  @ParameterizedTest
  @ValueSource(strings = {"FILE", "coreinfer@0.3"})
  void whatASparseAnswerComputedIsFoundByNobody(String sparsity) throws Exception {
    try (Engine engine = engine(sparsity, 200)) {
      int[] first = prompt(1, 40);
      int[] dense = conversation(first, answer(engine, first, AnswerSparsity.DENSE), 5);
      assertEquals(128, cached(engine, dense, AnswerSparsity.DENSE));
      int[] second = prompt(2, 40);
      int[] sparse = conversation(second, answer(engine, second, AnswerSparsity.OF_ENGINE), 5);
      assertEquals(32, cached(engine, sparse, AnswerSparsity.DENSE));
    }
  }

  @Test
  void thresholdsLetPromptsBeFoundInTheCacheAndCoreNeuronsDoNot() throws Exception {
    int[] prompt = prompt(1, 70);
    try (Engine thresholds = engine("FILE", 200);
        Engine core = engine("coreinfer@0.3", 200)) {
      assertEquals(0, cached(thresholds, prompt, AnswerSparsity.DENSE));
      assertEquals(64, cached(thresholds, prompt, AnswerSparsity.OF_ENGINE));
      assertEquals(0, cached(core, prompt, AnswerSparsity.OF_ENGINE));
      assertEquals(0, cached(core, prompt, AnswerSparsity.OF_ENGINE), "it has to see the prompt");
      assertEquals(64, cached(core, prompt, AnswerSparsity.DENSE));
    }
  }

  /** In company a sparse answer may have more computed, for which there is no saying how much. */
  @ParameterizedTest
  @ValueSource(strings = {"FILE", "coreinfer@0.3"})
  void sparseAnswersDoNotDisturbDenseOnes(String sparsity) throws Exception {
    try (Engine engine = engine(sparsity, 200)) {
      List<List<Integer>> alone = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        alone.add(answer(engine, prompt(i, 30), AnswerSparsity.DENSE));
      }
      List<Generation> dense = new ArrayList<>();
      List<Generation> sparse = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        sparse.add(engine.submit(request(prompt(10 + i, 30 + i), 60, AnswerSparsity.ON)));
        dense.add(engine.submit(request(prompt(i, 30), AnswerSparsity.DENSE)));
      }
      for (int i = 0; i < 3; i++) {
        assertEquals(60, tokens(sparse.get(i)).size());
        assertEquals(alone.get(i), tokens(dense.get(i)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FILE", "coreinfer@0.3"})
  void aPreemptedAnswerGoesOn(String sparsity) throws Exception {
    AtomicInteger preempted = new AtomicInteger();
    try (Engine dense = dense();
        Engine tight = engine(sparsity, 40)) {
      tight.listen(
          new EngineListener() {
            @Override
            public void preempted() {
              preempted.incrementAndGet();
            }
          });
      List<Generation> generations = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        generations.add(tight.submit(request(prompt(i, 100), 300, AnswerSparsity.ON)));
      }
      for (Generation generation : generations) {
        assertEquals(300, tokens(generation).size());
      }
      assertTrue(preempted.get() > 0);
      assertEquals(0, tight.load().usedBlocks());
      int[] prompt = prompt(9, 100);
      assertEquals(
          answer(dense, prompt, AnswerSparsity.DENSE), answer(tight, prompt, AnswerSparsity.DENSE));
    }
  }

  private static String refusal(Engine engine, AnswerSparsity sparsity) {
    InvalidRequest refused =
        assertThrows(InvalidRequest.class, () -> engine.submit(request(prompt(1, 10), sparsity)));
    assertEquals("sparsity", refused.field());
    return refused.getMessage();
  }

  @Test
  void whatCannotBeLeftOutIsRefused() throws Exception {
    try (Engine dense = dense();
        Engine thresholds = engine("FILE", 200);
        Engine core = engine("coreinfer", 200)) {
      assertTrue(refusal(dense, AnswerSparsity.ON).contains("--sparsity"));
      assertTrue(refusal(dense, AnswerSparsity.share(0.5)).contains("--sparsity"));
      assertTrue(refusal(thresholds, AnswerSparsity.share(0.95)).contains("at most 0.9"));
      assertTrue(refusal(thresholds, AnswerSparsity.share(0.05)).contains("least"));
      assertTrue(refusal(core, AnswerSparsity.share(1)).contains("below 1"));
    }
    assertThrows(InvalidRequest.class, () -> AnswerSparsity.share(1.5));
    assertThrows(InvalidRequest.class, () -> AnswerSparsity.share(Double.NaN));
  }

  @Test
  void thresholdsOfAnotherModelAreRefusedWhenTheModelIsLoaded() throws Exception {
    SparsityChoice choice = SparsityChoice.parse(thresholds(TestModels.DEFAULT).toString());
    EngineOptions options = options(200).withSparsity(choice);
    ModelFormatException refused =
        assertThrows(ModelFormatException.class, () -> TestModels.load(TestModels.TINY, options));
    assertTrue(refused.getMessage().contains("another model"), refused.getMessage());
  }
}
