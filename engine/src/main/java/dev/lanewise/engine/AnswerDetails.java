package dev.lanewise.engine;

import java.util.OptionalInt;
import java.util.Set;

/**
 * What is told of an answer beside its text.
 *
 * @param logprobs how many of the likeliest tokens to tell for each token of the answer, beside its
 *     own probability; empty for neither
 * @param promptLogprobs whether the same is told of the prompt; its beginning is then not taken
 *     from the cache
 * @param visibleTokens control tokens that are text here, as the vocabulary spells them: a model
 *     may mark parts of its answer with them
 */
public record AnswerDetails(
    OptionalInt logprobs, boolean promptLogprobs, Set<Integer> visibleTokens) {
  /** Most tokens of {@link #logprobs}. */
  public static final int MOST_LOGPROBS = 20;

  /** The text, and nothing else. */
  public static final AnswerDetails NONE = new AnswerDetails(OptionalInt.empty(), false, Set.of());

  /** Throws {@link InvalidRequest} for what is wrong whatever the model is. */
  public AnswerDetails {
    if (logprobs.isPresent() && (logprobs.getAsInt() < 0 || logprobs.getAsInt() > MOST_LOGPROBS)) {
      throw new InvalidRequest(
          "logprobs", logprobs.getAsInt() + " is out of range, must be 0 to " + MOST_LOGPROBS);
    }
    if (promptLogprobs && logprobs.isEmpty()) {
      throw new InvalidRequest("logprobs", "must say how many are told of the prompt");
    }
    visibleTokens = Set.copyOf(visibleTokens);
  }

  /** Probabilities of the answer only. */
  public static AnswerDetails logprobs(OptionalInt logprobs) {
    return new AnswerDetails(logprobs, false, Set.of());
  }
}
