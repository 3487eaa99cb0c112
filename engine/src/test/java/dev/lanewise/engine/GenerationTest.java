package dev.lanewise.engine;

import static dev.lanewise.engine.TestModels.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.math.kernel.KvFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests to the default model. */
final class GenerationTest {
  private static final String REFERENCE = "chat07";
  private static final int EXACT_TOKENS = 12;
  private static Engine engine;
  private static JsonNode reference;

  @BeforeAll
  static void load() throws IOException {
    engine = TestModels.load(TestModels.DEFAULT, EngineOptions.defaults());
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(TestModels.RUNS)) {
      JsonNode run = json.readTree(line);
      if (run.get("id").asText().equals(REFERENCE)) {
        reference = run;
      }
    }
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static int[] conversation(String question) {
    return engine.encodeChat(
        Map.of(
            "messages",
            List.of(Map.of("role", "user", "content", question)),
            "add_generation_prompt",
            true));
  }

  private static GenerationRequest greedy(int[] prompt, int maxTokens, String... stop) {
    return new GenerationRequest(
        prompt, OptionalInt.of(maxTokens), Sampling.greedy(), List.of(stop));
  }

  private static GenerationRequest endless() {
    return new GenerationRequest(
        engine.encodePrompt("Once upon a time"),
        OptionalInt.empty(),
        new Sampling(1.5f, 0, 1, 0, OptionalLong.of(1)),
        List.of());
  }

  private static List<String> pieces(GenerationRequest request) throws InterruptedException {
    Generation generation = engine.submit(request);
    List<String> pieces = new ArrayList<>();
    for (Optional<String> text = generation.nextText();
        text.isPresent();
        text = generation.nextText()) {
      pieces.add(text.get());
    }
    return pieces;
  }

  @Test
  void answersAsTheReferenceDoesInFullPrecision() throws Exception {
    List<Object> messages = new ArrayList<>();
    for (JsonNode message : reference.get("messages")) {
      messages.add(
          Map.of("role", message.get("role").asText(), "content", message.get("content").asText()));
    }
    int[] prompt = engine.encodeChat(Map.of("messages", messages, "add_generation_prompt", true));
    assertEquals(reference.get("tokens").toString(), Arrays.toString(prompt).replace(" ", ""));
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < EXACT_TOKENS; i++) {
      assertTrue(reference.get("greedy_margin").get(i).asDouble() > 0.01, "a clear case");
      expected.append(engine.tokenizer().textOf(reference.get("greedy").get(i).asInt()));
    }
    EngineOptions exact =
        new EngineOptions(
            2, OptionalInt.of(512), EngineOptions.Activations.F32, KvFormat.F32, Optional.empty());
    try (Engine exactEngine = TestModels.load(TestModels.DEFAULT, exact)) {
      Generation generation = exactEngine.submit(greedy(prompt, EXACT_TOKENS));
      // The vocabulary spells spaces and line ends as these letters.
      assertEquals(expected.toString().replace("Ġ", " ").replace("Ċ", "\n"), read(generation));
      Result result = generation.result();
      assertEquals(FinishReason.LENGTH, result.finish());
      assertEquals(EXACT_TOKENS, result.completionTokens());
      assertEquals(prompt.length, result.promptTokens());
    }
  }

  @Test
  void endsWithStopWhereTheModelEndsItsAnswer() throws InterruptedException {
    Generation generation =
        engine.submit(greedy(conversation("What is the capital of France?"), 50));
    String text = read(generation);
    assertTrue(text.contains("Paris"), text);
    assertFalse(text.contains("<|im_end|>"), text);
    Result result = generation.result();
    assertEquals(FinishReason.STOP, result.finish());
    assertTrue(result.completionTokens() < 50);
    assertEquals(result.completionTokens(), result.timings().generatedTokens());
  }

  @Test
  void measuresWhereTheTimeWent() throws InterruptedException {
    int[] prompt = conversation("What is the capital of France?");
    Generation generation = engine.submit(greedy(prompt, 5));
    read(generation);
    Timings timings = generation.result().timings();
    assertEquals(prompt.length, timings.promptTokens() + timings.cachedTokens());
    assertEquals(5, timings.generatedTokens());
    assertTrue(timings.promptSeconds() > 0 && timings.promptPerSecond() > 0);
    assertTrue(timings.generationSeconds() > 0 && timings.generatedPerSecond() > 0);
    assertTrue(timings.firstTokenSeconds() >= timings.promptSeconds() + timings.queuedSeconds());
  }

  @Test
  void stopStringsMatchAcrossTokens() throws InterruptedException {
    int[] prompt = engine.encodePrompt("The three primary colours are");
    List<String> pieces = pieces(greedy(prompt, 24));
    String whole = String.join("", pieces);
    for (int i = 1; i + 1 < pieces.size(); i++) {
      String left = pieces.get(i);
      String stop = left.substring(left.length() - 1) + pieces.get(i + 1).charAt(0);
      Generation generation = engine.submit(greedy(prompt, 24, "never in the text", stop));
      assertEquals(whole.substring(0, whole.indexOf(stop)), read(generation), "stop " + stop);
      Result result = generation.result();
      assertEquals(FinishReason.STOP, result.finish());
      assertTrue(result.completionTokens() <= i + 2);
    }
  }

  @Test
  void charactersOfSeveralTokensComeWhole() throws InterruptedException {
    // The vocabulary has no such token: each takes several, and the model can only repeat them.
    int[] prompt = engine.encodePrompt("🌲🌲🌲🌲🌲🌲🌲🌲🌲🌲");
    assertTrue(prompt.length >= 20);
    List<String> pieces = pieces(greedy(prompt, 24));
    assertTrue(pieces.size() > 1 && pieces.size() <= 12, pieces.toString());
    for (String piece : pieces) {
      assertEquals("🌲", piece);
    }
  }

  @Test
  void answersRequestsTogetherAsAlone() throws InterruptedException {
    GenerationRequest france = greedy(conversation("What is the capital of France?"), 12);
    GenerationRequest water = greedy(conversation("What is water made of?"), 12);
    String aboutFrance = read(engine.submit(france));
    String aboutWater = read(engine.submit(water));
    assertNotEquals(aboutFrance, aboutWater);
    Generation first = engine.submit(france);
    Generation second = engine.submit(water);
    assertEquals(aboutWater, read(second));
    assertEquals(aboutFrance, read(first));
  }

  @Test
  void theSameSeedGivesTheSameText() throws InterruptedException {
    String once = read(engine.submit(sampled(7)));
    assertEquals(once, read(engine.submit(sampled(7))));
    assertNotEquals(once, read(engine.submit(sampled(8))));
  }

  private static GenerationRequest sampled(long seed) {
    Sampling sampling = new Sampling(1, 0, 0.95f, 0, OptionalLong.of(seed));
    return new GenerationRequest(
        engine.encodePrompt("My favourite animal is"), OptionalInt.of(24), sampling, List.of());
  }

  @Test
  void cancellingEndsARunningGenerationSoon() throws InterruptedException {
    Generation generation = engine.submit(endless());
    assertTrue(generation.nextText().isPresent());
    generation.cancel();
    assertEquals(Optional.empty(), generation.nextText());
    Result result = generation.result();
    assertEquals(FinishReason.CANCELLED, result.finish());
    assertTrue(result.completionTokens() < 8000);
    assertTrue(read(engine.submit(greedy(conversation("What is 1+1?"), 8))).contains("2"));
  }

  @Test
  void cancellingOneRequestLeavesTheOthers() throws InterruptedException {
    Generation running = engine.submit(endless());
    assertTrue(running.nextText().isPresent());
    Generation other = engine.submit(endless());
    other.cancel();
    assertEquals(FinishReason.CANCELLED, other.result().finish());
    assertEquals(1, engine.load().running());
    assertEquals(0, engine.load().waiting());
    assertTrue(running.nextText().isPresent());
    running.cancel();
    running.result();
    assertEquals(0, engine.load().usedBlocks());
  }

  @Test
  void theNextTurnOfAConversationFindsTheAnswerBefore() throws InterruptedException {
    int[] first = engine.encodePrompt("Counting up: one, two, three, four, five, six,");
    String answer = read(engine.submit(greedy(first, 70)));
    int[] next =
        engine.encodePrompt("Counting up: one, two, three, four, five, six," + answer + " And");
    Generation generation = engine.submit(greedy(next, 1));
    read(generation);
    int cached = generation.result().timings().cachedTokens();
    assertTrue(cached > first.length, cached + " tokens, of which the prompt has " + first.length);
  }

  @Test
  void cancellingWakesAReaderThatWaits() throws InterruptedException {
    Generation running = engine.submit(endless());
    assertTrue(running.nextText().isPresent());
    Generation waiting = engine.submit(endless());
    Thread canceller = Thread.ofVirtual().start(waiting::cancel);
    assertEquals(Optional.empty(), waiting.nextText());
    canceller.join();
    running.cancel();
    running.result();
  }

  @Test
  void theResultHasToWaitForTheText() throws InterruptedException {
    Generation generation = engine.submit(greedy(conversation("Hello"), 3));
    assertThrows(IllegalStateException.class, generation::result);
    read(generation);
    assertEquals(FinishReason.LENGTH, generation.result().finish());
  }

  @Test
  void refusesARequestThatCannotFitTheContext() {
    int[] tooLong = new int[engine.contextLength()];
    ContextLengthExceeded alone =
        assertThrows(
            ContextLengthExceeded.class,
            () ->
                engine.submit(
                    new GenerationRequest(
                        tooLong, OptionalInt.empty(), Sampling.greedy(), List.of())));
    assertEquals(engine.contextLength(), alone.limit());
    assertEquals(tooLong.length, alone.promptTokens());
    assertEquals(OptionalInt.empty(), alone.asked());
    int[] prompt = new int[100];
    int asked = engine.contextLength() - 99;
    ContextLengthExceeded together =
        assertThrows(ContextLengthExceeded.class, () -> engine.submit(greedy(prompt, asked)));
    assertTrue(together.getMessage().contains("100"), together.getMessage());
    assertTrue(together.getMessage().contains(Integer.toString(asked)), together.getMessage());
  }

  @Test
  void refusesWhatIsNoRequest() {
    assertEquals("prompt", field(() -> greedy(new int[0], 1)));
    assertEquals("max_tokens", field(() -> greedy(new int[1], -1)));
    assertEquals("stop", field(() -> greedy(new int[1], 1, "a", "")));
    assertEquals("prompt", field(() -> engine.submit(greedy(new int[] {-1}, 1))));
    int beyond = engine.config().vocabulary();
    assertEquals("prompt", field(() -> engine.submit(greedy(new int[] {beyond}, 1))));
  }

  private static String field(Runnable request) {
    return assertThrows(InvalidRequest.class, request::run).field();
  }

  @Test
  void messagesCannotWriteSpecialTokens() {
    int end = engine.tokenizer().eos().getAsInt();
    long plain = count(conversation("Hello"), end);
    assertEquals(plain, count(conversation("Hello <|im_end|>"), end));
    assertEquals(0, count(engine.encodePrompt("Hello <|im_end|>"), end));
  }

  private static long count(int[] tokens, int token) {
    return Arrays.stream(tokens).filter(id -> id == token).count();
  }
}
