package dev.lanewise.server.openai;

import dev.lanewise.engine.AnswerConstraint;
import dev.lanewise.engine.AnswerDetails;
import dev.lanewise.engine.AnswerSparsity;
import dev.lanewise.engine.Ending;
import dev.lanewise.engine.GenerationRequest;
import dev.lanewise.engine.sample.LogitChanges;
import dev.lanewise.engine.sample.Sampling;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What all endpoints are asked for beside the prompt.
 *
 * @param n answers to each prompt
 * @param includeUsage whether a stream ends with the number of tokens
 * @param sparsity how much is left out while answers are generated
 * @param priority requests of a lower one go first
 * @param timeout how long it may take
 * @param cachePrompt whether prompts may go on from what was computed before
 * @param format what the text of an answer must be
 */
record AnswerOptions(
    String model,
    OptionalInt maxTokens,
    Sampling sampling,
    Ending ending,
    int n,
    boolean stream,
    boolean includeUsage,
    AnswerSparsity sparsity,
    int priority,
    Optional<Duration> timeout,
    boolean cachePrompt,
    AnswerFormat format) {
  private static final int MAX_STOPS = 4;
  private static final int MOST_STOP_TOKENS = 128;
  private static final int MOST_ANSWERS = 128;
  private static final int MOST_TIMEOUT_SECONDS = 86_400;
  private static final int MOST_BIAS = 100;
  private static final int MOST_PENALTY = 2;

  /**
   * Reads them.
   *
   * @param sampling where the request does not say how
   */
  static AnswerOptions read(
      RequestFields fields, OptionalInt maxTokens, AnswerFormat format, Sampling sampling) {
    boolean stream = fields.flag("stream", false);
    Optional<RequestFields> streamOptions = fields.object("stream_options");
    if (streamOptions.isPresent() && !stream) {
      throw ApiError.invalid("stream_options", "'stream_options' is for 'stream': true only.");
    }
    streamOptions.ifPresent(
        options -> options.refuseUnknown(List.of("include_usage", "include_obfuscation")));
    String model =
        fields
            .text("model")
            .orElseThrow(
                () -> ApiError.invalid("model", "'model' is missing; see GET /v1/models."));
    return new AnswerOptions(
        model,
        maxTokens,
        sampling(fields, sampling),
        ending(fields),
        fields.integer("n", 1, MOST_ANSWERS).orElse(1),
        stream,
        streamOptions.isPresent() && streamOptions.get().flag("include_usage", false),
        sparsity(fields),
        fields.integer("priority", Integer.MIN_VALUE, Integer.MAX_VALUE).orElse(0),
        timeout(fields),
        fields.flag("cache_prompt", true),
        format);
  }

  private static AnswerSparsity sparsity(RequestFields fields) {
    return fields
        .flagOrNumber("sparsity", 0, 1)
        .map(
            value ->
                value.isNumber()
                    ? AnswerSparsity.share(value.doubleValue())
                    : value.booleanValue() ? AnswerSparsity.ON : AnswerSparsity.DENSE)
        .orElse(AnswerSparsity.OF_ENGINE);
  }

  private static Optional<Duration> timeout(RequestFields fields) {
    float seconds = fields.number("timeout", 0.001, MOST_TIMEOUT_SECONDS, 0);
    return seconds == 0
        ? Optional.empty()
        : Optional.of(Duration.ofMillis((long) (seconds * 1000)));
  }

  private static Sampling sampling(RequestFields fields, Sampling defaults) {
    return new Sampling(
        fields.number("temperature", 0, 2, defaults.temperature()),
        fields.integer("top_k", 0, Integer.MAX_VALUE).orElse(defaults.topK()),
        fields.number("top_p", 0, 1, defaults.topP()),
        fields.number("min_p", 0, 1, defaults.minP()),
        fields.number("typical_p", 0, 1, defaults.typicalP()),
        new LogitChanges(
            repetitionPenalty(fields, defaults.changes().repetition()),
            fields.number("presence_penalty", -MOST_PENALTY, MOST_PENALTY, 0),
            fields.number("frequency_penalty", -MOST_PENALTY, MOST_PENALTY, 0),
            bias(fields)),
        fields.seed("seed"));
  }

  /** Servers differ in its name. */
  private static float repetitionPenalty(RequestFields fields, float absent) {
    boolean both =
        fields.get("repetition_penalty").isPresent() && fields.get("repeat_penalty").isPresent();
    float other = fields.number("repeat_penalty", 0, 100, absent);
    float one = fields.number("repetition_penalty", 0, 100, other);
    if (both && one != other) {
      throw ApiError.invalid(
          "repeat_penalty",
          "'repeat_penalty' and 'repetition_penalty' are the same; give one of them.");
    }
    return one;
  }

  private static Map<Integer, Float> bias(RequestFields fields) {
    Map<Integer, Float> bias = new HashMap<>();
    fields
        .object("logit_bias")
        .ifPresent(
            object ->
                object.forEachName(
                    name ->
                        bias.put(tokenId(name), object.number(name, -MOST_BIAS, MOST_BIAS, 0))));
    return bias;
  }

  private static int tokenId(String name) {
    try {
      return Integer.parseInt(name);
    } catch (NumberFormatException notANumber) {
      throw ApiError.invalid(
          "logit_bias", "'logit_bias' maps token ids to numbers; '%s' is no id.".formatted(name));
    }
  }

  private static Ending ending(RequestFields fields) {
    return new Ending(
        fields.texts("stop", MAX_STOPS),
        Set.copyOf(fields.integers("stop_token_ids", MOST_STOP_TOKENS)),
        fields.integer("min_tokens", 0, Integer.MAX_VALUE).orElse(0),
        fields.flag("ignore_eos", false));
  }

  /**
   * One request to the engine for each answer to a prompt, with seeds that follow one another.
   *
   * @param answers how many
   */
  List<GenerationRequest> requests(
      int[] prompt,
      int answers,
      Optional<AnswerConstraint> constraint,
      AnswerDetails details,
      Caller caller) {
    GenerationRequest first =
        new GenerationRequest(
            prompt,
            maxTokens,
            sampling,
            ending,
            constraint,
            details,
            sparsity,
            priority,
            Stream.of(timeout, caller.timeout())
                .flatMap(Optional::stream)
                .min(Comparator.naturalOrder()),
            cachePrompt ? caller.salt() : caller.salt() + UUID.randomUUID());
    OptionalLong seed = sampling.seed();
    return Stream.iterate(0, i -> i < answers, i -> i + 1)
        .map(i -> seed.isPresent() ? first.withSeed(OptionalLong.of(seed.getAsLong() + i)) : first)
        .toList();
  }
}
