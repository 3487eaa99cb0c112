package dev.lanewise.engine;

import static dev.lanewise.engine.TestModels.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.cache.KvPool;
import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.sparse.ModelSparsity;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Texts that become vectors, with a tiny random model. */
final class EmbeddingTest {
  private static final int CONTEXT = 512;
  private static final int CONTEXT_BLOCKS = CONTEXT / KvLayout.POSITIONS;

  private static Engine engine(int queue, int blocks) throws IOException {
    long block;
    try (GgufFile file = GgufFile.open(TestModels.TINY)) {
      block = KvShape.of(Architecture.configOf(file), KvFormat.BF16).blockBytes();
    }
    EngineOptions options =
        new EngineOptions(
                2,
                OptionalInt.of(CONTEXT),
                EngineOptions.Activations.INT8,
                KvFormat.BF16,
                Optional.empty())
            .withBatching(new Batching(4, queue, OptionalLong.of(blocks * block), 0.5));
    return TestModels.load(TestModels.TINY, options);
  }

  private static int[] text(long seed, int length) {
    return new Random(seed).ints(length, 5, 250).toArray();
  }

  private static GenerationRequest answer(int[] prompt, int tokens) {
    Ending ending = new Ending(List.of(), Set.of(), 0, true);
    return new GenerationRequest(
        prompt,
        OptionalInt.of(tokens),
        Sampling.greedy(),
        ending,
        Optional.empty(),
        AnswerDetails.NONE,
        AnswerSparsity.OF_ENGINE,
        0,
        Optional.empty(),
        "");
  }

  private static float[] vector(Engine engine, int[] text, Pooling pooling) throws Exception {
    return engine.embed(text, pooling, Optional.empty()).await(engine.config().hidden());
  }

  /** Computed by the transformer itself. */
  private static float[] expected(Engine engine, int[] text, Pooling pooling) {
    Transformer transformer = engine.transformer();
    int hidden = engine.config().hidden();
    double[] sum = new double[hidden];
    List<float[]> all = new ArrayList<>();
    try (KvCache cache = transformer.newCache(KvFormat.BF16)) {
      for (int from = 0; from < text.length; from += 64) {
        transformer.clear();
        transformer.addPrompt(
            cache,
            text,
            from,
            Math.min(64, text.length - from),
            (states, at) -> {
              float[] state = Arrays.copyOfRange(states, at, at + hidden);
              all.add(state);
              for (int i = 0; i < hidden; i++) {
                sum[i] += state[i];
              }
            });
        transformer.compute();
      }
    }
    double[] pooled = new double[hidden];
    for (int i = 0; i < hidden; i++) {
      pooled[i] =
          switch (pooling) {
            case MEAN -> sum[i] / text.length;
            case CLS -> all.getFirst()[i];
            case LAST -> all.getLast()[i];
          };
    }
    return unit(pooled);
  }

  private static float[] unit(double[] vector) {
    double length = Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / length);
    }
    return unit;
  }

  private static void assertNothingIsHeld(Engine engine) {
    assertEquals(0, engine.load().running());
    assertEquals(0, engine.load().waiting());
    assertEquals(0, engine.load().usedBlocks());
  }

  @ParameterizedTest
  @EnumSource
  void areThePooledHiddenStates(Pooling pooling) throws Exception {
    try (Engine engine = engine(8, 4 * CONTEXT_BLOCKS)) {
      for (int length : new int[] {1, 2, 31, 64, 300, CONTEXT}) {
        int[] text = text(length, length);
        float[] vector = vector(engine, text, pooling);
        assertArrayEquals(expected(engine, text, pooling), vector, 1e-6f, length + " tokens");
      }
      assertNothingIsHeld(engine);
    }
  }

  @Test
  void fewerDimensionsAreTheFirstOnesOfLengthOne() throws Exception {
    try (Engine engine = engine(8, 4 * CONTEXT_BLOCKS)) {
      int[] text = text(1, 20);
      float[] all = vector(engine, text, Pooling.MEAN);
      double[] first = new double[5];
      for (int i = 0; i < first.length; i++) {
        first[i] = all[i];
      }
      float[] cut = engine.embed(text, Pooling.MEAN, Optional.empty()).await(5);
      assertArrayEquals(unit(first), cut, 1e-6f);
    }
  }

  /** What is in the cache of a prompt has no hidden states: it is computed again. */
  @Test
  void areTheSameInCompanyAndAfterIt() throws Exception {
    List<int[]> texts = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      texts.add(text(i, 5 + 23 * i));
    }
    try (Engine engine = engine(100, 8 * CONTEXT_BLOCKS)) {
      List<float[]> alone = new ArrayList<>();
      List<String> answers = new ArrayList<>();
      for (int[] text : texts) {
        alone.add(vector(engine, text, Pooling.MEAN));
        answers.add(read(engine.submit(answer(text, 20))));
      }
      List<Generation> generations = new ArrayList<>();
      List<Embedding> embeddings = new ArrayList<>();
      for (int[] text : texts) {
        generations.add(engine.submit(answer(text, 20)));
        embeddings.add(engine.embed(text, Pooling.MEAN, Optional.empty()));
      }
      for (int i = 0; i < texts.size(); i++) {
        assertArrayEquals(alone.get(i), embeddings.get(i).await(engine.config().hidden()));
        assertEquals(answers.get(i), read(generations.get(i)));
      }
      for (Generation generation : generations) {
        generation.result();
      }
      assertNothingIsHeld(engine);
    }
  }

  /** A text takes no place in the cache that the beginnings of prompts have. */
  @Test
  void leaveNothingInTheCache() throws Exception {
    try (Engine engine = engine(8, 4 * CONTEXT_BLOCKS)) {
      int[] text = text(3, 200);
      vector(engine, text, Pooling.LAST);
      assertEquals(0, engine.load().idleBlocks());
      Generation generation = engine.submit(answer(text, 1));
      read(generation);
      assertEquals(0, generation.result().timings().cachedTokens());
      assertNotEquals(0, engine.load().idleBlocks());
    }
  }

  @Test
  void aTextThatLostItsBlocksIsComputedFromItsBeginning() throws Exception {
    try (Engine engine = engine(8, 4 * CONTEXT_BLOCKS);
        KvPool pool = new KvPool(KvShape.of(engine.config(), KvFormat.BF16), CONTEXT_BLOCKS)) {
      int hidden = engine.config().hidden();
      int[] text = text(7, 200);
      PooledStates states = new PooledStates(Pooling.MEAN, hidden);
      Sequence sequence =
          new Sequence(
              new Generation(answer(text, 0), engine.tokenizer(), 0),
              new KvCache(pool, CONTEXT),
              ModelSparsity.OFF,
              null,
              Optional.empty(),
              Optional.of(states),
              false,
              Optional.empty());
      for (int computed : new int[] {77, 200}) {
        sequence.begin();
        assertEquals(200, sequence.remainingTokens());
        engine.transformer().clear();
        engine.transformer().addPrompt(sequence.cache(), text, 0, computed, states);
        engine.transformer().compute();
        sequence.preempt();
      }
      assertArrayEquals(vector(engine, text, Pooling.MEAN), states.unitVector(hidden));
    }
  }

  @Test
  void aTextThatIsCancelledOrLateEnds() throws Exception {
    try (Engine engine = engine(8, 4 * CONTEXT_BLOCKS)) {
      Semaphore goOn = new Semaphore(0);
      engine.listen(
          new EngineListener() {
            @Override
            public void computed(int sequences, int promptTokens, long nanos) {
              goOn.acquireUninterruptibly();
            }
          });
      Embedding before = engine.embed(text(3, 10), Pooling.MEAN, Optional.empty());
      before.await(1); // the engine does not go on from the step that ended it
      Embedding cancelled = engine.embed(text(4, 500), Pooling.MEAN, Optional.empty());
      cancelled.cancel();
      goOn.release(Integer.MAX_VALUE);
      assertThrows(CancellationException.class, () -> cancelled.await(1));
      Embedding late = engine.embed(text(5, 500), Pooling.MEAN, Optional.of(Duration.ofNanos(1)));
      assertThrows(GenerationTimedOut.class, () -> late.await(1));
      assertNothingIsHeld(engine);
    }
  }

  @Test
  void textsThatCannotBeComputedAreRefused() throws Exception {
    try (Engine engine = engine(8, 4 * CONTEXT_BLOCKS)) {
      assertThrows(
          ContextLengthExceeded.class,
          () -> engine.embed(text(6, CONTEXT + 1), Pooling.MEAN, Optional.empty()));
      assertThrows(
          InvalidRequest.class, () -> engine.embed(new int[0], Pooling.MEAN, Optional.empty()));
      assertThrows(
          InvalidRequest.class,
          () -> engine.embed(new int[] {1 << 20}, Pooling.MEAN, Optional.empty()));
    }
  }

  @Test
  void theFileSaysHowToPool() {
    assertEquals(Pooling.MEAN, pooling(Map.of()));
    assertEquals(Pooling.MEAN, pooling(Map.of("llama.pooling_type", 1L)));
    assertEquals(Pooling.CLS, pooling(Map.of("llama.pooling_type", 2L)));
    assertEquals(Pooling.LAST, pooling(Map.of("llama.pooling_type", 3L)));
    InvalidRequest other =
        assertThrows(InvalidRequest.class, () -> pooling(Map.of("llama.pooling_type", 4L)));
    assertEquals("pooling", other.field());
    assertTrue(other.getMessage().contains("4"), other.getMessage());
  }

  private static Pooling pooling(Map<String, Object> values) {
    return Pooling.of(new Metadata(Path.of("x.gguf"), values), "llama");
  }
}
