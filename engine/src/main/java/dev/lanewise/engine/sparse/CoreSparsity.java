package dev.lanewise.engine.sparse;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.model.config.ModelConfig;
import java.util.function.Supplier;

/**
 * Every sequence finds {@link CoreNeurons} of its own.
 *
 * @param kept the part of the neurons that sequences keep unless they ask, above 0 up to 1
 */
record CoreSparsity(double kept, ModelConfig model) implements ModelSparsity {
  @Override
  public Sparsity get() {
    return new CoreNeurons(CoreInfer.of(kept, model.layers()), model.layers(), model.ffnHidden());
  }

  @Override
  public Supplier<Sparsity> at(double share) {
    if (share >= 1) {
      throw new InvalidRequest(
          "sparsity", share + " would leave out all neurons; it must be below 1");
    }
    return new CoreSparsity(1 - share, model);
  }
}
