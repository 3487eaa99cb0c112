package dev.lanewise.engine;

import dev.lanewise.engine.sample.Sampling;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One prompt to continue.
 *
 * @param prompt token ids, from {@link Engine#encodePrompt} or {@link Engine#encodeChat}; not
 *     copied, so do not change them afterwards
 * @param maxTokens most tokens to generate; empty for until the model ends or the context is full
 * @param sampling how tokens are chosen
 * @param stop the text ends before the first of these to appear in it
 * @param priority requests of a lower one go first
 * @param timeout how long it may take, waiting included; empty for as long as it takes
 * @param cacheSalt only requests with the same one share what is computed for prompts that start
 *     alike, so that nobody can find out another's prompts by the time they take
 */
public record GenerationRequest(
    int[] prompt,
    OptionalInt maxTokens,
    Sampling sampling,
    List<String> stop,
    int priority,
    Optional<Duration> timeout,
    String cacheSalt) {
  /** A request of priority 0, without a timeout or a salt. */
  public GenerationRequest(
      int[] prompt, OptionalInt maxTokens, Sampling sampling, List<String> stop) {
    this(prompt, maxTokens, sampling, stop, 0, Optional.empty(), "");
  }

  /** Throws {@link InvalidRequest} for what is wrong whatever the model is. */
  public GenerationRequest {
    Objects.requireNonNull(sampling, "sampling");
    if (prompt.length == 0) {
      throw new InvalidRequest("prompt", "is empty, must have at least one token");
    }
    if (maxTokens.isPresent() && maxTokens.getAsInt() < 1) {
      throw new InvalidRequest(
          "max_tokens", maxTokens.getAsInt() + " is too small, must be at least 1");
    }
    if (timeout.isPresent() && !timeout.get().isPositive()) {
      throw new InvalidRequest("timeout", timeout.get().toMillis() + " ms, must be above 0");
    }
    Objects.requireNonNull(cacheSalt, "cacheSalt");
    stop = List.copyOf(stop);
    if (stop.contains("")) {
      throw new InvalidRequest(
          "stop", "contains an empty string, which would end every answer at once");
    }
  }
}
