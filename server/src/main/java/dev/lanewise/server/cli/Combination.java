package dev.lanewise.server.cli;

import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * Options that are measured together.
 *
 * @param weights the format they are converted to; empty for as they are
 */
record Combination(Optional<BlockFormat> weights, KvFormat kvCache, SparsityChoice sparsity) {
  /**
   * All combinations of some options, each once, weights outermost. Each pair of weights and cache
   * begins without sparsity, asked for or not, since that is what sparsity is compared with.
   */
  static List<Combination> all(
      List<Optional<BlockFormat>> weights, List<KvFormat> kvCaches, List<SparsityChoice> sparsity) {
    LinkedHashSet<Combination> all = new LinkedHashSet<>();
    for (Optional<BlockFormat> format : weights) {
      for (KvFormat kvCache : kvCaches) {
        all.add(new Combination(format, kvCache, SparsityChoice.OFF));
        for (SparsityChoice choice : sparsity) {
          all.add(new Combination(format, kvCache, choice));
        }
      }
    }
    return new ArrayList<>(all);
  }

  /** The combination that this one is compared with; the first one with itself. */
  Combination reference(Combination first) {
    return sparsity.equals(SparsityChoice.OFF)
        ? first
        : new Combination(weights, kvCache, SparsityChoice.OFF);
  }

  /** The name of the weights' format. */
  String weightsName() {
    return weights.map(BlockFormat::name).orElse(WeightFormatConverter.AS_IS);
  }
}
