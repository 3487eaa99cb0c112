package dev.lanewise.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.engine.AnswerConstraint;
import dev.lanewise.engine.AnswerDetails;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.GenerationRequest;
import dev.lanewise.engine.sample.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A checked body of {@code POST /v1/completions}.
 *
 * @param prompts at least one
 * @param logprobs how many likeliest tokens to tell; empty to tell nothing
 * @param bestOf answers to each prompt, of which the likeliest are kept
 * @param echo whether answers begin with the prompt
 * @param suffix what comes after the answer
 */
record CompletionRequest(
    AnswerOptions options,
    List<Prompt> prompts,
    OptionalInt logprobs,
    int bestOf,
    boolean echo,
    Optional<String> suffix)
    implements Question {
  private static final int DEFAULT_TOKENS = 16;
  private static final int MOST_LOGPROBS = 5;
  private static final int MOST_BEST = 20;

  /** What the model continues. */
  sealed interface Prompt {
    /** Plain text. */
    record Text(String text) implements Prompt {}

    /** Token ids. */
    record Tokens(int[] ids) implements Prompt {}
  }

  static CompletionRequest read(byte[] body, Sampling sampling) {
    RequestFields fields = RequestFields.parse(body);
    FieldRules.COMPLETION.check(fields);
    List<Prompt> prompts = prompts(fields);
    OptionalInt maxTokens = fields.integer("max_tokens", 0, Integer.MAX_VALUE);
    AnswerOptions options =
        AnswerOptions.read(
            fields,
            OptionalInt.of(maxTokens.orElse(DEFAULT_TOKENS)),
            AnswerFormat.read(fields),
            sampling);
    int bestOf = fields.integer("best_of", 1, MOST_BEST).orElse(options.n());
    if (bestOf < options.n()) {
      throw ApiError.invalid("best_of", "'best_of' must be at least 'n'.");
    }
    if (bestOf > options.n() && options.stream()) {
      throw ApiError.invalid(
          "best_of", "'best_of' above 'n' cannot stream: which are the best shows at the end.");
    }
    boolean echo = fields.flag("echo", false);
    Optional<String> suffix = fields.text("suffix").filter(text -> !text.isEmpty());
    if (suffix.isPresent()
        && (echo || prompts.stream().anyMatch(Prompt.Tokens.class::isInstance))) {
      throw ApiError.invalid("suffix", "'suffix' is for prompts that are texts, without 'echo'.");
    }
    return new CompletionRequest(
        options, prompts, fields.integer("logprobs", 0, MOST_LOGPROBS), bestOf, echo, suffix);
  }

  private static List<Prompt> prompts(RequestFields fields) {
    JsonNode prompt =
        fields.get("prompt").orElseThrow(() -> ApiError.invalid("prompt", "'prompt' is missing."));
    if (prompt.isTextual()) {
      return List.of(new Prompt.Text(prompt.textValue()));
    }
    if (!prompt.isArray() || prompt.isEmpty()) {
      throw malformed();
    }
    if (prompt.get(0).isNumber()) {
      return List.of(tokens(prompt));
    }
    List<Prompt> prompts = new ArrayList<>();
    for (JsonNode one : prompt) {
      prompts.add(one.isTextual() ? new Prompt.Text(one.textValue()) : tokens(one));
    }
    return prompts;
  }

  private static Prompt tokens(JsonNode array) {
    if (!array.isArray()) {
      throw malformed();
    }
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      if (!array.get(i).isInt()) {
        throw malformed();
      }
      ids[i] = array.get(i).intValue();
    }
    return new Prompt.Tokens(ids);
  }

  private static ApiError malformed() {
    return ApiError.invalid(
        "prompt",
        "'prompt' must be a string, an array of token ids, or an array of several of either.");
  }

  @Override
  public List<GenerationRequest> requests(Engine engine, Caller caller) {
    boolean compares = bestOf > options.n();
    OptionalInt told = logprobs.isEmpty() && compares ? OptionalInt.of(0) : logprobs;
    Optional<AnswerConstraint> constraint =
        FormatGrammar.of(options.format())
            .map(engine::constraint)
            .map(compiled -> new AnswerConstraint(compiled, Optional.empty()));
    List<GenerationRequest> requests = new ArrayList<>();
    for (Prompt prompt : prompts) {
      int[] tokens =
          switch (prompt) {
            case Prompt.Text(String text) ->
                suffix.isPresent()
                    ? engine.prompts().encodeInfill(text, suffix.get())
                    : engine.encodePrompt(text);
            case Prompt.Tokens(int[] ids) -> ids;
          };
      AnswerDetails details = new AnswerDetails(told, echo && logprobs.isPresent(), Set.of());
      requests.addAll(options.requests(tokens, bestOf, constraint, details, caller));
    }
    return requests;
  }

  @Override
  public AnswerShape shape(Engine engine, List<GenerationRequest> requests, String model) {
    return new CompletionShape(this, requests.size(), engine.tokenizer(), model);
  }
}
