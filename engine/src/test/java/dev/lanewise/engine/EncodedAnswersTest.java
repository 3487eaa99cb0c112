package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers to prompts that an encoder reads: of tiny random models of T5's kind. */
final class EncodedAnswersTest {
  private static final Path TINY = Path.of(System.getProperty("lanewise.models")).resolve("tiny");
  private static final int CONTEXT = 320;
  private static final int CONTEXT_BLOCKS = CONTEXT / 32;

  private static Engine engine(
      String name, EngineOptions.Activations activations, KvFormat format, int blocks)
      throws IOException {
    Path file = TINY.resolve(name).resolve("model.gguf");
    long block;
    try (GgufFile opened = GgufFile.open(file)) {
      block = KvShape.of(Architecture.configOf(opened), format).blockBytes();
    }
    EngineOptions options =
        new EngineOptions(2, OptionalInt.of(CONTEXT), activations, format, Optional.empty())
            .withBatching(new Batching(6, 100, OptionalLong.of(blocks * block), 0.5));
    return Engine.load(file, options, LoadProgress.SILENT);
  }

  private static Engine exact(String name, int blocks) throws IOException {
    return engine(name, EngineOptions.Activations.F32, KvFormat.F32, blocks);
  }

  private static GenerationRequest request(int[] prompt, int tokens, Sampling sampling) {
    return new GenerationRequest(
        prompt,
        OptionalInt.of(tokens),
        sampling,
        new Ending(List.of(), Set.of(), 0, true),
        Optional.empty(),
        new AnswerDetails(OptionalInt.of(0), false, Set.of()),
        AnswerSparsity.OF_ENGINE,
        0,
        Optional.empty(),
        "");
  }

  private static GenerationRequest request(int[] prompt, int tokens) {
    return request(prompt, tokens, new Sampling(1, 0, 1, 0, OptionalLong.of(prompt.length)));
  }

  private static int[] prompt(long seed, int length) {
    return new Random(seed).ints(length, 3, 319).toArray();
  }

  /** The tokens of an answer with their probabilities. */
  private static List<String> read(Generation generation) throws InterruptedException {
    List<String> tokens = new ArrayList<>();
    while (generation.nextText().isPresent()) {
      generation.takeTokens().forEach(token -> tokens.add(describe(token)));
    }
    generation.takeTokens().forEach(token -> tokens.add(describe(token)));
    return tokens;
  }

  private static String describe(TokenLogprobs token) {
    return token.token() + " " + token.logprob();
  }

  private static List<List<String>> together(Engine engine, List<GenerationRequest> requests)
      throws InterruptedException {
    List<List<String>> answers = new ArrayList<>();
    for (Generation generation : engine.submit(requests)) {
      answers.add(read(generation));
    }
    return answers;
  }

  private static List<List<String>> alone(Engine engine, List<GenerationRequest> requests)
      throws InterruptedException {
    List<List<String>> answers = new ArrayList<>();
    for (GenerationRequest request : requests) {
      answers.add(read(engine.submit(request)));
    }
    return answers;
  }

  @ParameterizedTest
  @ValueSource(strings = {"t5", "t5-gated"})
  void answersBeginWithTheStartTokenOfTheDecoder(String name) throws Exception {
    JsonNode reference =
        new ObjectMapper().readTree(TINY.resolve(name).resolve("reference.json").toFile());
    int[] prompt =
        IntStream.range(0, reference.get("tokens").size())
            .map(i -> reference.get("tokens").get(i).asInt())
            .toArray();
    List<String> expected = new ArrayList<>();
    reference.get("greedy").forEach(token -> expected.add(token.asText()));
    try (Engine engine = exact(name, 2 * CONTEXT_BLOCKS)) {
      Generation generation = engine.submit(request(prompt, expected.size(), Sampling.greedy()));
      assertEquals(expected, read(generation).stream().map(t -> t.split(" ")[0]).toList());
      Result result = generation.result();
      assertEquals(prompt.length, result.promptTokens());
      assertEquals(expected.size(), result.completionTokens());
    }
  }

  /** Many lengths at a time, among them prompts that are longer than a chunk. */
  @Test
  void anAnswerIsTheSameAloneAndInCompany() throws Exception {
    List<GenerationRequest> requests = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      int length = i % 7 == 0 ? CONTEXT - i : 1 + random.nextInt(90);
      requests.add(request(prompt(i, length), 1 + random.nextInt(60)));
    }
    try (Engine engine =
        engine("t5-gated", EngineOptions.Activations.INT8, KvFormat.BF16, 12 * CONTEXT_BLOCKS)) {
      engine.warmUp();
      List<List<String>> expected = alone(engine, requests);
      assertEquals(expected, together(engine, requests));
      assertEquals(0, engine.load().usedBlocks());
      assertEquals(0, engine.load().idleBlocks(), "nothing that others could share");
    }
  }

  /** In F32 prompts and steps are computed alike, so that recomputed answers are the same. */
  @Test
  void aPreemptedRequestIsReadAndComputedAgain() throws Exception {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      requests.add(request(prompt(i, 50), 300));
    }
    AtomicInteger preempted = new AtomicInteger();
    try (Engine roomy = exact("t5", 100);
        Engine tight = exact("t5", 2 * CONTEXT_BLOCKS + 5)) {
      tight.listen(
          new EngineListener() {
            @Override
            public void preempted() {
              preempted.incrementAndGet();
            }
          });
      assertEquals(alone(roomy, requests), together(tight, requests));
      assertTrue(preempted.get() > 0);
      assertEquals(0, tight.load().usedBlocks());
    }
  }

  @Test
  void severalAnswersToAPromptDifferAndEachIsThatOfItsSeed() throws Exception {
    int[] prompt = prompt(3, 40);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int seed = 0; seed < 4; seed++) {
      requests.add(request(prompt, 20, new Sampling(1, 0, 1, 0, OptionalLong.of(seed))));
    }
    try (Engine engine = exact("t5", 8 * CONTEXT_BLOCKS)) {
      List<List<String>> answers = together(engine, requests);
      assertEquals(alone(engine, requests), answers);
      assertEquals(4, answers.stream().distinct().count());
    }
  }

  @Test
  void promptAndAnswerHaveAContextEach() throws Exception {
    try (Engine engine = exact("t5", 2 * CONTEXT_BLOCKS)) {
      int[] longest = prompt(1, CONTEXT);
      assertEquals(CONTEXT - 1, read(engine.submit(request(longest, CONTEXT - 1))).size());
      ContextLengthExceeded tooLong =
          assertThrows(
              ContextLengthExceeded.class, () -> engine.submit(request(prompt(1, CONTEXT + 1), 1)));
      assertTrue(tooLong.getMessage().contains("321 in the prompt"), tooLong.getMessage());
      assertThrows(ContextLengthExceeded.class, () -> engine.submit(request(longest, CONTEXT)));
    }
  }

  @Test
  void embeddingsAreOfTheEncoder() throws Exception {
    try (Engine engine = exact("t5", 6 * CONTEXT_BLOCKS)) {
      int[] text = prompt(1, 70);
      float[] alone = vector(engine, text);
      List<Embedding> together = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        together.add(engine.embed(text, Pooling.MEAN, Optional.empty()));
        engine.submit(request(prompt(i, 20), 5));
      }
      for (Embedding embedding : together) {
        assertArrayEquals(alone, embedding.await(engine.config().hidden()));
      }
      int[] reversed = text.clone();
      reversed[69] = text[0] == 5 ? 6 : 5;
      assertTrue(!Arrays.equals(alone, vector(engine, reversed)));
      // Bidirectional: the first state depends on the last token.
      float[] first = engine.embed(text, Pooling.CLS, Optional.empty()).await(8);
      float[] changed = engine.embed(reversed, Pooling.CLS, Optional.empty()).await(8);
      assertTrue(!Arrays.equals(first, changed));
    }
  }

  private static float[] vector(Engine engine, int[] text) throws InterruptedException {
    return engine.embed(text, Pooling.MEAN, Optional.empty()).await(engine.config().hidden());
  }

  @Test
  void whatOnlyModelsThatContinueTextsCanDoIsRefused() throws Exception {
    try (Engine engine = exact("t5", 2 * CONTEXT_BLOCKS)) {
      GenerationRequest told =
          new GenerationRequest(
              prompt(1, 5),
              OptionalInt.of(1),
              Sampling.greedy(),
              Ending.OF_MODEL,
              Optional.empty(),
              new AnswerDetails(OptionalInt.of(1), true, Set.of()),
              AnswerSparsity.OF_ENGINE,
              0,
              Optional.empty(),
              "");
      InvalidRequest refused = assertThrows(InvalidRequest.class, () -> engine.submit(told));
      assertEquals("logprobs", refused.field());
      assertThrows(InvalidRequest.class, engine::transformer);
    }
    EngineOptions sparse =
        EngineOptions.defaults().withSparsity(new SparsityChoice.KeepCoreNeurons(0.4));
    for (String model : List.of("t5/model.gguf", "bert/model.gguf")) {
      InvalidRequest refused =
          assertThrows(
              InvalidRequest.class,
              () -> Engine.load(TINY.resolve(model), sparse, LoadProgress.SILENT));
      assertEquals("sparsity", refused.field(), model);
    }
  }
}
