package dev.lanewise.engine;

/** A prompt, or a prompt and the tokens asked for, do not fit the context. */
public final class ContextLengthExceeded extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Says what does not fit.
   *
   * @param limit positions of the context
   * @param promptTokens length of the prompt
   * @param maxTokens tokens asked for, or 0 where the prompt alone is too long
   */
  public ContextLengthExceeded(int limit, int promptTokens, int maxTokens) {
    super(
        maxTokens == 0
            ? "This model's context is %d tokens, and the prompt alone has %d; shorten it, or serve with a larger --context."
                .formatted(limit, promptTokens)
            : "This model's context is %d tokens; the prompt has %d and max_tokens asks for %d more, %d too many."
                .formatted(
                    limit, promptTokens, maxTokens, (long) promptTokens + maxTokens - limit));
  }
}
