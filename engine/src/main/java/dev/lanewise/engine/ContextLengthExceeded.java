package dev.lanewise.engine;

import java.util.OptionalInt;

/** A request whose prompt, or prompt and answer together, cannot fit the context. */
public final class ContextLengthExceeded extends RuntimeException {
  private final int limit;
  private final int promptTokens;
  private final OptionalInt asked;

  /**
   * A refusal.
   *
   * @param limit the context in tokens
   * @param promptTokens length of the prompt
   * @param asked the answer tokens asked for, if the request said
   */
  public ContextLengthExceeded(int limit, int promptTokens, OptionalInt asked) {
    this(message(limit, promptTokens, asked), limit, promptTokens, asked);
  }

  private ContextLengthExceeded(String message, int limit, int promptTokens, OptionalInt asked) {
    super(message);
    this.limit = limit;
    this.promptTokens = promptTokens;
    this.asked = asked;
  }

  /** As the constructor, for a model whose encoder reads prompts and whose decoder answers. */
  static ContextLengthExceeded ofHalves(int limit, int promptTokens, OptionalInt asked) {
    String wanted =
        asked.isPresent() ? " and %d asked for by max_tokens".formatted(asked.getAsInt()) : "";
    return new ContextLengthExceeded(
        "a prompt has up to %d tokens and an answer up to %d, but this request needs more: %d in the prompt%s"
            .formatted(limit, limit - 1, promptTokens, wanted),
        limit,
        promptTokens,
        asked);
  }

  private static String message(int limit, int promptTokens, OptionalInt asked) {
    String wanted =
        asked.isPresent()
            ? promptTokens + " in the prompt and " + asked.getAsInt() + " asked for by max_tokens"
            : promptTokens + " in the prompt, which leaves no room for an answer";
    return "the context is " + limit + " tokens, but this request needs more: " + wanted;
  }

  /** The context in tokens. */
  public int limit() {
    return limit;
  }

  /** Length of the prompt in tokens. */
  public int promptTokens() {
    return promptTokens;
  }

  /** The answer tokens asked for, if the request said. */
  public OptionalInt asked() {
    return asked;
  }
}
