package dev.lanewise.engine.sparse;

import dev.lanewise.engine.InvalidRequest;
import java.util.function.Supplier;

/**
 * What the sequences of a model leave out: as was chosen when it was loaded, each asking once, or
 * as much as one of them asks for. Any thread may call any method.
 */
public interface ModelSparsity extends Supplier<Sparsity> {
  /** Nothing, and no sequence can ask for more. */
  ModelSparsity OFF =
      new ModelSparsity() {
        @Override
        public Sparsity get() {
          return Sparsity.NONE;
        }

        @Override
        public ModelSparsity needed() {
          throw new InvalidRequest(
              "sparsity", "nothing can be left out here; start Lanewise with --sparsity");
        }

        @Override
        public Supplier<Sparsity> at(double share) {
          return needed();
        }
      };

  /**
   * The same, for sequences that have to leave something out.
   *
   * @throws InvalidRequest naming {@code sparsity}, if nothing is left out
   */
  default ModelSparsity needed() {
    return this;
  }

  /** The share that thresholds left out of what they work on when they were calibrated, or 0. */
  default double leftOut() {
    return 0;
  }

  /**
   * What sequences leave out that ask for a share of their own, each asking once.
   *
   * @param share the part that is left out of what the method works on, above 0 up to 1
   * @throws InvalidRequest naming {@code sparsity}, if the method cannot leave out as much
   */
  Supplier<Sparsity> at(double share);
}
