package dev.lanewise.engine;

import dev.lanewise.engine.sample.Sampling;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One prompt to continue.
 *
 * @param prompt token ids, from {@link Engine#encodePrompt} or {@link Engine#encodeChat}; not
 *     copied, so do not change them afterwards
 * @param maxTokens most tokens to generate, 0 to compute the prompt only; empty for until the model
 *     ends or the context is full
 * @param sampling how tokens are chosen
 * @param ending what ends the answer
 * @param logprobs how many of the likeliest tokens to tell for each token of the answer, beside its
 *     own probability; empty for neither
 * @param promptLogprobs whether the same is told of the prompt; its beginning is then not taken
 *     from the cache
 * @param priority requests of a lower one go first
 * @param timeout how long it may take, waiting included; empty for as long as it takes
 * @param cacheSalt only requests with the same one share what is computed for prompts that start
 *     alike, so that nobody can find out another's prompts by the time they take
 */
public record GenerationRequest(
    int[] prompt,
    OptionalInt maxTokens,
    Sampling sampling,
    Ending ending,
    OptionalInt logprobs,
    boolean promptLogprobs,
    int priority,
    Optional<Duration> timeout,
    String cacheSalt) {
  /** Most tokens of {@link #logprobs}. */
  public static final int MOST_LOGPROBS = 20;

  /** A request of priority 0, without probabilities, a timeout or a salt. */
  public GenerationRequest(
      int[] prompt, OptionalInt maxTokens, Sampling sampling, List<String> stop) {
    this(
        prompt,
        maxTokens,
        sampling,
        Ending.at(stop),
        OptionalInt.empty(),
        false,
        0,
        Optional.empty(),
        "");
  }

  /** Throws {@link InvalidRequest} for what is wrong whatever the model is. */
  public GenerationRequest {
    Objects.requireNonNull(sampling, "sampling");
    Objects.requireNonNull(ending, "ending");
    if (prompt.length == 0) {
      throw new InvalidRequest("prompt", "is empty, must have at least one token");
    }
    if (maxTokens.isPresent() && maxTokens.getAsInt() < 0) {
      throw new InvalidRequest(
          "max_tokens", maxTokens.getAsInt() + " is too small, must be at least 0");
    }
    if (logprobs.isPresent() && (logprobs.getAsInt() < 0 || logprobs.getAsInt() > MOST_LOGPROBS)) {
      throw new InvalidRequest(
          "logprobs", logprobs.getAsInt() + " is out of range, must be 0 to " + MOST_LOGPROBS);
    }
    if (promptLogprobs && logprobs.isEmpty()) {
      throw new InvalidRequest("logprobs", "must say how many are told of the prompt");
    }
    if (timeout.isPresent() && !timeout.get().isPositive()) {
      throw new InvalidRequest("timeout", timeout.get().toMillis() + " ms, must be above 0");
    }
    Objects.requireNonNull(cacheSalt, "cacheSalt");
  }

  /** The same with another seed. */
  public GenerationRequest withSeed(OptionalLong seed) {
    return new GenerationRequest(
        prompt,
        maxTokens,
        sampling.withSeed(seed),
        ending,
        logprobs,
        promptLogprobs,
        priority,
        timeout,
        cacheSalt);
  }
}
