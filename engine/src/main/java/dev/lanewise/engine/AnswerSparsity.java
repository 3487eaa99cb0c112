package dev.lanewise.engine;

import dev.lanewise.engine.sparse.ModelSparsity;
import dev.lanewise.engine.sparse.Sparsity;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * How much is to be left out while an answer is generated; prompts are computed whole.
 *
 * @param share the part of what the engine's method works on, 0 for nothing, up to 1; empty for as
 *     much as the engine was told to leave out of all answers
 * @param needed whether it is an error if that is nothing
 */
public record AnswerSparsity(OptionalDouble share, boolean needed) {
  /** As much as the engine was told to leave out of all answers, which may be nothing. */
  public static final AnswerSparsity OF_ENGINE = new AnswerSparsity(OptionalDouble.empty(), false);

  /** As much as the engine was told to leave out of all answers, which must be something. */
  public static final AnswerSparsity ON = new AnswerSparsity(OptionalDouble.empty(), true);

  /** Nothing. */
  public static final AnswerSparsity DENSE = share(0);

  /** Throws {@link InvalidRequest} if the share is out of range. */
  public AnswerSparsity {
    if (share.isPresent() && !(share.getAsDouble() >= 0 && share.getAsDouble() <= 1)) {
      throw new InvalidRequest(
          "sparsity", share.getAsDouble() + " is out of range, must be 0 to 1");
    }
  }

  /** A share of what the engine's method works on. */
  public static AnswerSparsity share(double share) {
    return new AnswerSparsity(OptionalDouble.of(share), share > 0);
  }

  /**
   * What a sequence leaves out, asked for once.
   *
   * @param model what the sequences of the engine's model can leave out
   * @throws InvalidRequest if it cannot be had
   */
  Supplier<Sparsity> of(ModelSparsity model) {
    if (share.isEmpty()) {
      return needed ? model.needed() : model;
    }
    return share.getAsDouble() == 0 ? ModelSparsity.OFF : model.at(share.getAsDouble());
  }
}
