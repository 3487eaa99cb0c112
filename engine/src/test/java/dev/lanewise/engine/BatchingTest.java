package dev.lanewise.engine;

import static dev.lanewise.engine.TestModels.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many requests to one engine with a tiny random model. */
final class BatchingTest {
  private static final int CONTEXT = 512;
  private static final int CONTEXT_BLOCKS = CONTEXT / KvLayout.POSITIONS;

  private static Engine engine(int parallel, int queue, int blocks) throws IOException {
    return engine(EngineOptions.Activations.INT8, KvFormat.BF16, parallel, queue, blocks);
  }

  private static Engine engine(
      EngineOptions.Activations activations, KvFormat format, int parallel, int queue, int blocks)
      throws IOException {
    long block;
    try (GgufFile file = GgufFile.open(TestModels.TINY)) {
      block = KvShape.of(Architecture.configOf(file), format).blockBytes();
    }
    EngineOptions options =
        new EngineOptions(2, OptionalInt.of(CONTEXT), activations, format, Optional.empty())
            .withBatching(new Batching(parallel, queue, OptionalLong.of(blocks * block), 0.5));
    return TestModels.load(TestModels.TINY, options);
  }

  private static GenerationRequest request(int[] prompt, int tokens) {
    Sampling sampling = new Sampling(1, 0, 1, 0, OptionalLong.of(prompt.length));
    return new GenerationRequest(prompt, OptionalInt.of(tokens), sampling, List.of());
  }

  private static GenerationRequest salted(int[] prompt, String salt) {
    return request(prompt, 1, 0, Optional.empty(), salt);
  }

  private static GenerationRequest request(
      int[] prompt, int tokens, int priority, Optional<Duration> timeout, String salt) {
    return new GenerationRequest(
        prompt,
        OptionalInt.of(tokens),
        Sampling.greedy(),
        Ending.OF_MODEL,
        Optional.empty(),
        AnswerDetails.NONE,
        AnswerSparsity.OF_ENGINE,
        priority,
        timeout,
        salt);
  }

  private static int[] prompt(long seed, int length) {
    return new Random(seed).ints(length, 5, 250).toArray();
  }

  /** Requests of many lengths; each ends before the context is full. */
  private static List<GenerationRequest> mixed(int count) {
    List<GenerationRequest> requests = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < count; i++) {
      requests.add(request(prompt(i, 1 + random.nextInt(300)), 1 + random.nextInt(100)));
    }
    return requests;
  }

  private static List<String> alone(Engine engine, List<GenerationRequest> requests)
      throws InterruptedException {
    List<String> answers = new ArrayList<>();
    for (GenerationRequest request : requests) {
      answers.add(read(engine.submit(request)));
    }
    return answers;
  }

  private static List<String> together(Engine engine, List<GenerationRequest> requests)
      throws InterruptedException {
    List<Generation> generations = new ArrayList<>();
    for (GenerationRequest request : requests) {
      generations.add(engine.submit(request));
    }
    List<String> answers = new ArrayList<>();
    for (Generation generation : generations) {
      answers.add(read(generation));
      generation.result();
    }
    return answers;
  }

  private static void assertNothingIsHeld(Engine engine) {
    EngineLoad load = engine.load();
    assertEquals(0, load.running());
    assertEquals(0, load.waiting());
    assertEquals(0, load.usedBlocks());
  }

  @Test
  void anAnswerIsTheSameAloneAndInCompany() throws Exception {
    List<GenerationRequest> requests = mixed(24);
    try (Engine engine = engine(5, 100, 10 * CONTEXT_BLOCKS);
        Engine fresh = engine(5, 100, 10 * CONTEXT_BLOCKS)) {
      List<String> expected = alone(engine, requests);
      assertEquals(expected, together(fresh, requests));
      assertEquals(expected, together(fresh, requests), "with the prompts in the cache");
      assertNothingIsHeld(fresh);
    }
  }

  /** In F32 prompts and steps are computed alike, so that even recomputed answers are the same. */
  @Test
  void aPreemptedRequestIsComputedAgain() throws Exception {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      requests.add(request(prompt(i, 100), 300));
    }
    AtomicInteger preempted = new AtomicInteger();
    try (Engine roomy = engine(EngineOptions.Activations.F32, KvFormat.F32, 8, 8, 200);
        Engine tight = engine(EngineOptions.Activations.F32, KvFormat.F32, 8, 8, 40)) {
      tight.listen(
          new EngineListener() {
            @Override
            public void preempted() {
              preempted.incrementAndGet();
            }
          });
      assertEquals(alone(roomy, requests), together(tight, requests));
      assertTrue(preempted.get() > 0);
      assertNothingIsHeld(tight);
    }
  }

  private static Result result(Engine engine, GenerationRequest request)
      throws InterruptedException {
    Generation generation = engine.submit(request);
    read(generation);
    return generation.result();
  }

  private static int cached(Engine engine, GenerationRequest request) throws InterruptedException {
    return result(engine, request).timings().cachedTokens();
  }

  @Test
  void aPromptThatStartsAlikeIsNotComputedAgain() throws Exception {
    try (Engine engine = engine(4, 4, 2 * CONTEXT_BLOCKS)) {
      int[] first = prompt(1, 200);
      assertEquals(0, cached(engine, salted(first, "a")));
      Result again = result(engine, salted(first, "a"));
      assertEquals(192, again.timings().cachedTokens());
      assertEquals(8, again.timings().promptTokens());
      assertEquals(200, again.promptTokens());
      int[] other = first.clone();
      other[100]++;
      assertEquals(96, cached(engine, salted(other, "a")));
      assertEquals(0, cached(engine, salted(first, "b")), "another's prompt");
      int[] whole = prompt(1, 192);
      assertEquals(160, cached(engine, salted(whole, "a")), "the last token is computed always");
    }
  }

  @Test
  void whatWasNotUsedForLongestIsForgotten() throws Exception {
    try (Engine engine = engine(4, 4, CONTEXT_BLOCKS)) {
      int[] first = prompt(1, 200);
      int[] second = prompt(2, 200);
      cached(engine, salted(first, ""));
      cached(engine, salted(second, ""));
      assertEquals(192, cached(engine, salted(first, "")));
      cached(engine, salted(prompt(3, 300), ""));
      assertTrue(cached(engine, salted(second, "")) < 192);
      assertNothingIsHeld(engine);
    }
  }

  @Test
  void whoWaitsForRoomGetsItWhenARequestEnds() throws Exception {
    try (Engine engine = engine(1, 1, 8 * CONTEXT_BLOCKS)) {
      List<Generation> accepted = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        accepted.add(engine.submit(request(prompt(i, 20), 400)));
      }
      QueueFull refusal =
          assertThrows(QueueFull.class, () -> engine.submit(request(prompt(9, 20), 4)));
      CompletableFuture<Generation> third = new CompletableFuture<>();
      Thread waiting =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      engine.awaitRoom(refusal);
                      third.complete(engine.submit(request(prompt(9, 20), 4)));
                    } catch (InterruptedException | RuntimeException failure) {
                      third.completeExceptionally(failure);
                    }
                  });
      accepted.getLast().cancel();
      read(third.get());
      waiting.join();
      accepted.getFirst().cancel();
      accepted.getFirst().result();
      assertNothingIsHeld(engine);
    }
  }

  @Test
  void tooManyRequestsAreRefused() throws Exception {
    try (Engine engine = engine(2, 3, 8 * CONTEXT_BLOCKS)) {
      List<Generation> accepted = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        accepted.add(engine.submit(request(prompt(i, 20), 400)));
      }
      QueueFull refusal =
          assertThrows(QueueFull.class, () -> engine.submit(request(prompt(9, 20), 4)));
      assertTrue(refusal.retryAfterSeconds() >= 1);
      accepted.get(2).cancel();
      accepted.get(2).result();
      read(engine.submit(request(prompt(9, 20), 4)));
      for (Generation generation : accepted) {
        read(generation);
        generation.result();
      }
      assertNothingIsHeld(engine);
    }
  }

  @Test
  void aRequestThatTakesTooLongEndsWithAnError() throws Exception {
    try (Engine engine = engine(1, 3, 8 * CONTEXT_BLOCKS)) {
      Generation running = engine.submit(request(prompt(1, 20), 490));
      GenerationRequest hasty = request(prompt(2, 20), 5, 0, Optional.of(Duration.ofNanos(1)), "");
      Generation late = engine.submit(hasty);
      GenerationTimedOut failure = assertThrows(GenerationTimedOut.class, () -> read(late));
      assertTrue(failure.getMessage().contains("0 tokens"), failure.getMessage());
      assertFalse(read(running).isEmpty());
      assertNotEquals(FinishReason.CANCELLED, running.result().finish());
    }
  }

  @Test
  void aMoreUrgentRequestPassesTheOthers() throws Exception {
    try (Engine engine = engine(1, 10, 8 * CONTEXT_BLOCKS)) {
      Generation running = engine.submit(request(prompt(1, 20), 200));
      Generation waiting = engine.submit(request(prompt(2, 20), 200));
      Generation urgent = engine.submit(request(prompt(3, 400), 1, -1, Optional.empty(), ""));
      read(urgent);
      read(waiting);
      read(running);
      assertTrue(
          urgent.result().timings().firstTokenSeconds()
              < waiting.result().timings().firstTokenSeconds());
    }
  }

  /** Many threads, random lengths, random departures: each ends once, and nothing stays held. */
  @Test
  void nothingIsLostInACrowd() throws Exception {
    try (Engine engine = engine(6, 6, 3 * CONTEXT_BLOCKS)) {
      AtomicInteger ended = new AtomicInteger();
      AtomicInteger refused = new AtomicInteger();
      List<Thread> clients = new ArrayList<>();
      for (int client = 0; client < 16; client++) {
        Random random = new Random(client);
        clients.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      for (int i = 0; i < 30; i++) {
                        ask(engine, random, ended, refused);
                      }
                    }));
      }
      for (Thread client : clients) {
        client.join();
      }
      assertEquals(16 * 30, ended.get() + refused.get());
      assertTrue(ended.get() > 100, ended + " ended");
      assertNothingIsHeld(engine);
    }
  }

  private static void ask(
      Engine engine, Random random, AtomicInteger ended, AtomicInteger refused) {
    int wanted = 1 + random.nextInt(60);
    int[] prompt = prompt(random.nextInt(10), 1 + random.nextInt(300));
    try {
      Generation generation = engine.submit(request(prompt, wanted));
      if (random.nextInt(3) == 0) {
        for (int piece = random.nextInt(4); piece > 0; piece--) {
          generation.nextText();
        }
        generation.cancel();
      } else {
        read(generation);
      }
      Result result = generation.result();
      assertTrue(result.completionTokens() <= wanted);
      ended.incrementAndGet();
    } catch (QueueFull full) {
      refused.incrementAndGet();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }
}
