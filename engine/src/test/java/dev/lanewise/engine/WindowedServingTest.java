package dev.lanewise.engine;

import static dev.lanewise.engine.TestModels.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests to models with windows of 16 positions. In F32 prompts and steps are computed alike, so
 * that answers are the same whatever of them had to be computed again.
 */
final class WindowedServingTest {
  private static final int CONTEXT = 512;
  private static final Ending ENDLESS = new Ending(List.of(), Set.of(), 0, true);

  private static Path path(String name) {
    return TestModels.TINY.resolveSibling("../" + name + "/model.gguf").normalize();
  }

  private static KvShape shape(String name) throws IOException {
    try (GgufFile file = GgufFile.open(path(name))) {
      return KvShape.of(Architecture.configOf(file), KvFormat.F32);
    }
  }

  private static Engine engine(String name, int blocks) throws IOException {
    EngineOptions options =
        new EngineOptions(
                2,
                OptionalInt.of(CONTEXT),
                EngineOptions.Activations.F32,
                KvFormat.F32,
                Optional.empty())
            .withBatching(
                new Batching(8, 64, OptionalLong.of(blocks * shape(name).blockBytes()), 0.5));
    return TestModels.load(path(name), options);
  }

  private static GenerationRequest request(int[] prompt, int tokens, String salt) {
    return new GenerationRequest(
        prompt,
        OptionalInt.of(tokens),
        new Sampling(1, 0, 1, 0, OptionalLong.of(prompt.length)),
        ENDLESS,
        Optional.empty(),
        AnswerDetails.NONE,
        AnswerSparsity.OF_ENGINE,
        0,
        Optional.empty(),
        salt);
  }

  private static int[] prompt(long seed, int length) {
    return new Random(seed).ints(length, 5, 250).toArray();
  }

  private static List<String> together(Engine engine, List<GenerationRequest> requests)
      throws InterruptedException {
    List<Generation> generations = requests.stream().map(engine::submit).toList();
    List<String> answers = new ArrayList<>();
    for (Generation generation : generations) {
      answers.add(read(generation));
      generation.result();
    }
    assertEquals(0, engine.load().usedBlocks());
    return answers;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gemma2", "gemma3", "gpt-oss"})
  void memoryForTheWindowsServesAFullContext(String name) throws Exception {
    KvShape shape = shape(name);
    int pages = CONTEXT / KvLayout.POSITIONS;
    int ofAllLayers = pages * shape.blocksOfPages();
    int blocks = shape.blocksFor(CONTEXT);
    assertTrue(blocks < 0.85 * ofAllLayers, blocks + " of " + ofAllLayers + " blocks");
    GenerationRequest request = request(prompt(1, 400), 112, "");
    AtomicInteger last = new AtomicInteger();
    try (Engine roomy = engine(name, 4 * ofAllLayers);
        Engine tight = engine(name, blocks)) {
      tight.listen(
          new EngineListener() {
            @Override
            public void computed(int sequences, int promptTokens, long nanos) {
              int used = tight.load().usedBlocks();
              last.set(used > 0 ? used : last.get());
            }
          });
      Generation generation = tight.submit(request);
      assertEquals(read(roomy.submit(request)), read(generation));
      assertEquals(112, generation.result().completionTokens());
      // A block of each page of the layers without a window, and two pages of the others.
      assertTrue(last.get() > pages, last + " blocks");
      assertTrue(last.get() <= pages + 2 * (shape.blocksOfPages() - 1), last + " blocks");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gemma2", "gemma3", "gpt-oss"})
  void aPreemptedRequestIsComputedAgain(String name) throws Exception {
    int blocks = shape(name).blocksFor(CONTEXT);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      requests.add(request(prompt(i, 60 + 5 * i), 400, ""));
    }
    AtomicInteger preempted = new AtomicInteger();
    try (Engine roomy = engine(name, 20 * blocks);
        Engine tight = engine(name, blocks)) {
      tight.listen(
          new EngineListener() {
            @Override
            public void preempted() {
              preempted.incrementAndGet();
            }
          });
      List<String> expected = new ArrayList<>();
      for (GenerationRequest request : requests) {
        expected.add(read(roomy.submit(request)));
      }
      assertEquals(expected, together(tight, requests));
      assertTrue(preempted.get() > 0);
    }
  }

  /** In little memory, so that windows are lost that beginnings would need. */
  @ParameterizedTest
  @ValueSource(strings = {"gemma2", "gemma3", "gpt-oss"})
  void promptsThatStartAlikeHaveTheAnswersTheyWouldHaveAlone(String name) throws Exception {
    int blocks = shape(name).blocksFor(CONTEXT);
    Random random = new Random(2);
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int[] start = prompt(random.nextInt(3), 440);
      int same = 1 + random.nextInt(400);
      int[] prompt = Arrays.copyOf(start, same + 1 + random.nextInt(40));
      prompt[same] = 250 + i % 5;
      prompts.add(prompt);
    }
    int cached = 0;
    try (Engine engine = engine(name, blocks + blocks / 2)) {
      for (int i = 0; i < prompts.size(); i++) {
        Generation alike = engine.submit(request(prompts.get(i), 20, ""));
        String found = read(alike);
        cached += alike.result().timings().cachedTokens();
        Generation alone = engine.submit(request(prompts.get(i), 20, "alone " + i));
        assertEquals(read(alone), found);
        assertEquals(0, alone.result().timings().cachedTokens());
      }
    }
    assertTrue(cached > 500, cached + " tokens were found");
  }
}
