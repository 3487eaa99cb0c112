package dev.lanewise.engine;

import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.tokenizer.Tokenizer;
import java.util.stream.IntStream;

/** What requests a model can serve, by its tokens and its context. */
final class RequestLimits {
  private final ModelConfig config;
  private final int tokens;
  private final int context;

  /** Those of a model with so long a context. */
  RequestLimits(ModelConfig config, Tokenizer tokenizer, int context) {
    this.config = config;
    this.context = context;
    tokens = Math.min(config.vocabulary(), tokenizer.vocabularySize());
  }

  /**
   * Checks a request.
   *
   * @return most tokens of its answer
   * @throws InvalidRequest if it names a token that the model has not, or asks for what the model
   *     cannot tell
   * @throws ContextLengthExceeded if prompt and answer cannot fit the context
   */
  int check(GenerationRequest request) {
    checkTokens("prompt", IntStream.of(request.prompt()));
    checkTokens("stop_token_ids", request.ending().stopTokens().stream().mapToInt(id -> id));
    checkTokens(
        "logit_bias",
        request.sampling().changes().bias().keySet().stream().mapToInt(token -> token));
    if (config.hasEncoder() && request.details().promptLogprobs()) {
      throw new InvalidRequest(
          "logprobs",
          "not of the prompt: an encoder reads it, which finds no probabilities of its tokens;"
              + " those of the answer can be had, without 'echo'");
    }
    int room = roomFor(request);
    int limit = request.maxTokens().orElse(room);
    if (request.ending().minTokens() > limit) {
      throw new InvalidRequest(
          "min_tokens",
          request.ending().minTokens() + " asked for, but the answer has at most " + limit);
    }
    return limit;
  }

  /**
   * Tokens that an answer may have at most. The prompt of an encoder takes none of them: the
   * decoder has a context of its own, in which a start token comes first.
   */
  private int roomFor(GenerationRequest request) {
    int prompt = request.prompt().length;
    int room = config.hasEncoder() ? context - 1 : context - prompt;
    int least = request.maxTokens().orElse(1);
    if (config.hasEncoder() && (prompt > context || least > room)) {
      throw ContextLengthExceeded.ofHalves(context, prompt, request.maxTokens());
    }
    if (room < Math.min(1, least) || least > room) {
      throw new ContextLengthExceeded(context, prompt, request.maxTokens());
    }
    return room;
  }

  private void checkTokens(String field, IntStream ids) {
    ids.filter(token -> token < 0 || token >= tokens)
        .findFirst()
        .ifPresent(
            token -> {
              throw new InvalidRequest(
                  field,
                  "has the token %d, but the model's go from 0 to %d".formatted(token, tokens - 1));
            });
  }
}
