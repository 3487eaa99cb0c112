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
 * @param constraint what the answer must be
 * @param details what is told of the answer beside its text
 * @param sparsity how much is left out while it is generated
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
    Optional<AnswerConstraint> constraint,
    AnswerDetails details,
    AnswerSparsity sparsity,
    int priority,
    Optional<Duration> timeout,
    String cacheSalt) {
  /**
   * A request of priority 0, without a constraint, details, a timeout or a salt, which leaves out
   * what the engine was told to.
   */
  public GenerationRequest(
      int[] prompt, OptionalInt maxTokens, Sampling sampling, List<String> stop) {
    this(
        prompt,
        maxTokens,
        sampling,
        Ending.at(stop),
        Optional.empty(),
        AnswerDetails.NONE,
        AnswerSparsity.OF_ENGINE,
        0,
        Optional.empty(),
        "");
  }

  /** Throws {@link InvalidRequest} for what is wrong whatever the model is. */
  public GenerationRequest {
    Objects.requireNonNull(sampling, "sampling");
    Objects.requireNonNull(ending, "ending");
    Objects.requireNonNull(details, "details");
    Objects.requireNonNull(sparsity, "sparsity");
    if (prompt.length == 0) {
      throw new InvalidRequest("prompt", "is empty, must have at least one token");
    }
    if (maxTokens.isPresent() && maxTokens.getAsInt() < 0) {
      throw new InvalidRequest(
          "max_tokens", maxTokens.getAsInt() + " is too small, must be at least 0");
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
        constraint,
        details,
        sparsity,
        priority,
        timeout,
        cacheSalt);
  }
}
