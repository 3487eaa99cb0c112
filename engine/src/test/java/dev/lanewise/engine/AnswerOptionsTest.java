package dev.lanewise.engine;

import static dev.lanewise.engine.TestModels.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.grammar.Grammar;
import dev.lanewise.engine.grammar.RegexParser;
import dev.lanewise.engine.sample.LogitChanges;
import dev.lanewise.engine.sample.Sampling;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a request may ask of its answer beside its text. */
final class AnswerOptionsTest {
  private static final int CONTEXT = 512;
  private static Engine engine;

  @BeforeAll
  static void load() throws IOException {
    EngineOptions options =
        new EngineOptions(
            2,
            OptionalInt.of(CONTEXT),
            EngineOptions.Activations.INT8,
            KvFormat.BF16,
            Optional.empty());
    engine = TestModels.load(TestModels.TINY, options);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static int[] prompt(int length) {
    return new Random(length).ints(length, 5, 250).toArray();
  }

  private static GenerationRequest request(
      int[] prompt, int tokens, Map<Integer, Float> bias, Ending ending, int logprobs) {
    Sampling greedy =
        new Sampling(0, 0, 1, 0, 1, new LogitChanges(1, 0, 0, bias), OptionalLong.empty());
    return new GenerationRequest(
        prompt,
        OptionalInt.of(tokens),
        greedy,
        ending,
        Optional.empty(),
        AnswerDetails.logprobs(logprobs < 0 ? OptionalInt.empty() : OptionalInt.of(logprobs)),
        AnswerSparsity.OF_ENGINE,
        0,
        Optional.empty(),
        "");
  }

  private static Result result(GenerationRequest request) throws InterruptedException {
    Generation generation = engine.submit(request);
    read(generation);
    return generation.result();
  }

  private static int anEnd() {
    return engine.tokenizer().endOfGeneration()[0];
  }

  @Test
  void theModelEndsItsTurnWhenItMay() throws Exception {
    Map<Integer, Float> bias = Map.of(anEnd(), 100f);
    Result atOnce = result(request(prompt(9), 20, bias, Ending.OF_MODEL, -1));
    assertEquals(FinishReason.STOP, atOnce.finish());
    assertEquals(0, atOnce.completionTokens());
    Result later =
        result(request(prompt(9), 20, bias, new Ending(List.of(), Set.of(), 7, false), -1));
    assertEquals(FinishReason.STOP, later.finish());
    assertEquals(7, later.completionTokens());
    Result never =
        result(request(prompt(9), 20, bias, new Ending(List.of(), Set.of(), 0, true), -1));
    assertEquals(FinishReason.LENGTH, never.finish());
    assertEquals(20, never.completionTokens());
  }

  @Test
  void aStopTokenEndsTheAnswer() throws Exception {
    Ending ending = new Ending(List.of(), Set.of(77), 0, false);
    Result stopped = result(request(prompt(9), 20, Map.of(77, 100f), ending, -1));
    assertEquals(FinishReason.STOP, stopped.finish());
    assertEquals(0, stopped.completionTokens());
    Ending later = new Ending(List.of(), Set.of(77), 3, false);
    assertEquals(3, result(request(prompt(9), 20, Map.of(77, 100f), later, -1)).completionTokens());
  }

  @Test
  void noTokensAtAllMayBeAsked() throws Exception {
    Result result = result(request(prompt(40), 0, Map.of(), Ending.OF_MODEL, -1));
    assertEquals(FinishReason.LENGTH, result.finish());
    assertEquals(0, result.completionTokens());
    assertEquals(40, result.promptTokens());
  }

  @Test
  void probabilitiesAreThoseOfTheModelWhateverChangesTheLogits() throws Exception {
    int[] prompt = prompt(33);
    Generation generation = engine.submit(request(prompt, 5, Map.of(100, 50f), Ending.OF_MODEL, 3));
    read(generation);
    List<TokenLogprobs> tokens = generation.takeTokens();
    assertEquals(5, tokens.size());
    assertTrue(generation.takeTokens().isEmpty(), "they were taken");
    Transformer transformer = engine.transformer();
    try (KvCache cache = transformer.newCache(KvFormat.BF16)) {
      float[] logits = transformer.prefill(cache, prompt, 0, prompt.length, true);
      for (TokenLogprobs token : tokens) {
        assertEquals(100, token.token(), "the bias decides");
        assertLogprob(logits, 100, token.logprob());
        assertEquals(3, token.topTokens().length);
        for (int i = 0; i < 3; i++) {
          assertLogprob(logits, token.topTokens()[i], token.topLogprobs()[i]);
        }
        assertTrue(token.topLogprobs()[0] >= token.topLogprobs()[1]);
        logits = transformer.decode(cache, 100);
      }
    }
  }

  private static void assertLogprob(float[] logits, int token, float logprob) {
    double sum = 0;
    for (int i = 0; i < engine.config().vocabulary(); i++) {
      sum += Math.exp(logits[i]);
    }
    assertEquals(logits[token] - Math.log(sum), logprob, 1e-4);
  }

  @Test
  void probabilitiesOfThePromptAreToldHoweverLongItIs() throws Exception {
    for (int length : new int[] {1, 2, 31, 32, 33, 150}) {
      int[] prompt = prompt(length);
      GenerationRequest request =
          new GenerationRequest(
              prompt,
              OptionalInt.of(0),
              Sampling.greedy(),
              Ending.OF_MODEL,
              Optional.empty(),
              new AnswerDetails(OptionalInt.of(2), true, Set.of()),
              AnswerSparsity.OF_ENGINE,
              0,
              Optional.empty(),
              "");
      result(request); // so that the second finds the prompt in the cache, and does not use it
      Generation generation = engine.submit(request);
      assertEquals("", read(generation));
      List<TokenLogprobs> told = generation.promptLogprobs();
      assertEquals(length, told.size());
      assertTrue(Float.isNaN(told.getFirst().logprob()));
      try (KvCache cache = engine.transformer().newCache(KvFormat.BF16)) {
        float[] all = engine.transformer().prefillAllLogits(cache, prompt, 0, length);
        int vocabulary = engine.config().vocabulary();
        for (int i = 1; i < length; i++) {
          float[] row = new float[vocabulary];
          System.arraycopy(all, (i - 1) * vocabulary, row, 0, vocabulary);
          assertEquals(prompt[i], told.get(i).token());
          // One row of logits is rounded as in a step, many perhaps not.
          assertEquals(logprob(row, prompt[i]), told.get(i).logprob(), 0.05);
        }
      }
    }
  }

  private static double logprob(float[] logits, int token) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    return logits[token] - Math.log(sum);
  }

  @Test
  void tokensOfAStopTextAreNotTold() throws Exception {
    Generation whole = engine.submit(request(prompt(21), 12, Map.of(), Ending.OF_MODEL, 0));
    String text = read(whole);
    List<TokenLogprobs> all = whole.takeTokens();
    String stop = text.substring(text.length() / 2, text.length() / 2 + 2);
    String before = text.substring(0, text.indexOf(stop));
    Generation cut = engine.submit(request(prompt(21), 12, Map.of(), Ending.at(List.of(stop)), 0));
    assertEquals(before, read(cut));
    List<Integer> told = cut.takeTokens().stream().map(TokenLogprobs::token).toList();
    assertEquals(
        all.stream().limit(told.size()).map(TokenLogprobs::token).toList(), told, "a beginning");
    assertTrue(told.size() < all.size());
  }

  private static String constrained(Optional<String> trigger, int tokens) throws Exception {
    AnswerConstraint digits =
        new AnswerConstraint(engine.constraint(Grammar.of(RegexParser.full("[0-9]{3}"))), trigger);
    Sampling forced =
        new Sampling(
            0, 0, 1, 0, 1, new LogitChanges(1, 0, 0, Map.of(letter(), 100f)), OptionalLong.empty());
    GenerationRequest request =
        new GenerationRequest(
            prompt(9),
            OptionalInt.of(tokens),
            forced,
            Ending.OF_MODEL,
            Optional.of(digits),
            AnswerDetails.NONE,
            AnswerSparsity.OF_ENGINE,
            0,
            Optional.empty(),
            "");
    return read(engine.submit(request));
  }

  /** A token that is the letter x. */
  private static int letter() {
    return engine.tokenizer().encode("x", false)[0];
  }

  @Test
  void aConstraintHoldsFromTheStartOrBehindItsTrigger() throws Exception {
    String letter = new String(engine.tokenizer().bytesOf(letter()), StandardCharsets.UTF_8);
    assertTrue(constrained(Optional.empty(), 20).matches("[0-9]{3}"));
    String answer = constrained(Optional.of(letter + letter), 20);
    assertTrue(answer.matches(letter + letter + "[0-9]{3}"), answer);
    assertEquals(letter.repeat(20), constrained(Optional.of("never"), 20));
  }

  @Test
  void answersToOnePromptShareWhatIsComputedForIt() throws Exception {
    int[] prompt = prompt(100);
    Sampling wild = new Sampling(1.5f, 0, 1, 0, OptionalLong.of(3));
    GenerationRequest first = new GenerationRequest(prompt, OptionalInt.of(20), wild, List.of());
    List<GenerationRequest> requests =
        Stream.of(3L, 4L, 5L).map(seed -> first.withSeed(OptionalLong.of(seed))).toList();
    List<Generation> together = engine.submit(requests);
    List<String> texts = new ArrayList<>();
    for (Generation generation : together) {
      texts.add(read(generation));
    }
    assertEquals(0, together.get(0).result().timings().cachedTokens());
    assertEquals(96, together.get(1).result().timings().cachedTokens());
    assertEquals(96, together.get(2).result().timings().cachedTokens());
    assertEquals(3, texts.stream().distinct().count(), "each has a seed of its own");
    for (int i = 0; i < 3; i++) {
      assertEquals(texts.get(i), read(engine.submit(requests.get(i))), "as alone");
    }
  }

  @Test
  void anAnswerGoesOnIfTheOneItWaitsForIsCancelled() throws Exception {
    GenerationRequest request =
        new GenerationRequest(prompt(400), OptionalInt.of(5), Sampling.greedy(), List.of());
    List<Generation> together = engine.submit(List.of(request, request));
    together.getFirst().cancel();
    assertNotEquals("", read(together.getLast()));
    assertEquals(5, together.getLast().result().completionTokens());
  }

  @Test
  void refusesWhatTheModelCannotDo() {
    int beyond = engine.config().vocabulary();
    assertEquals(
        "logit_bias", field(request(prompt(3), 1, Map.of(beyond, 1f), Ending.OF_MODEL, -1)));
    Ending unknown = new Ending(List.of(), Set.of(-1), 0, false);
    assertEquals("stop_token_ids", field(request(prompt(3), 1, Map.of(), unknown, -1)));
    Ending tooMany = new Ending(List.of(), Set.of(), 6, false);
    assertEquals("min_tokens", field(request(prompt(3), 5, Map.of(), tooMany, -1)));
    GenerationRequest one = request(prompt(3), 1, Map.of(), Ending.OF_MODEL, -1);
    List<GenerationRequest> many =
        Stream.generate(() -> one).limit(1000).collect(Collectors.toList());
    assertEquals("n", assertThrows(InvalidRequest.class, () -> engine.submit(many)).field());
  }

  private static String field(GenerationRequest request) {
    return assertThrows(InvalidRequest.class, () -> engine.submit(request)).field();
  }
}
