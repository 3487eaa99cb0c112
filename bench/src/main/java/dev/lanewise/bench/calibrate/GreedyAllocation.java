package dev.lanewise.bench.calibrate;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.LayerLevel;
import dev.lanewise.engine.sparse.LayerThresholds;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Divides the sparsity of a block among its matrices, as TEAL does: step by step the matrix leaves
 * out more that costs the least. The cost is what the squared error of the block's output grows by,
 * for each weight that is left out; errors of different matrices are nearly independent, so their
 * squares add up. (TEAL raises all by the same number of weights and compares the errors; for small
 * matrices, like those of few KV heads, that is more than they have.)
 */
final class GreedyAllocation {
  /** What the share of a matrix grows by in a step. */
  private static final double STEP = 0.05;

  /** Of no matrix is more left out. */
  private static final double MOST = 0.95;

  private static final double ROUNDING = 1e-9;

  private final Transformer transformer;
  private final KvCache cache;

  /** The share that each matrix has of the weights of a block. */
  private final Map<Projection, Double> weights = new EnumMap<>(Projection.class);

  /**
   * Of blocks of a transformer.
   *
   * @param cache to compute in
   */
  GreedyAllocation(Transformer transformer, KvCache cache) {
    this.transformer = transformer;
    this.cache = cache;
    ModelConfig config = transformer.config();
    double all = 0;
    for (Projection projection : Projection.values()) {
      all += projection.weights(config);
    }
    for (Projection projection : Projection.values()) {
      weights.put(projection, projection.weights(config) / all);
    }
  }

  /**
   * The thresholds of one block for ascending targets.
   *
   * @param inputs {@code [positions, hidden]}, residuals before the block
   * @param ofShares the thresholds that leave out a share of the inputs of each matrix
   */
  List<LayerLevel> allocate(
      int layer,
      float[] inputs,
      List<Double> targets,
      Function<Map<Projection, Double>, LayerLevel> ofShares) {
    Block block = new Block(layer, inputs, ofShares);
    List<LayerLevel> levels = new ArrayList<>();
    for (double target : targets) {
      while (block.sparsity() < target - ROUNDING) {
        block.raise(block.cheapest(), target);
      }
      levels.add(ofShares.apply(block.shares));
    }
    return levels;
  }

  /** A block, and what of it is left out so far. */
  private final class Block {
    private final int layer;
    private final float[] inputs;
    private final Function<Map<Projection, Double>, LayerLevel> ofShares;
    private final float[] dense;
    private final float[] outputs;
    private final Map<Projection, Double> shares = new EnumMap<>(Projection.class);

    /** What a step of each matrix cost when it was last tried. */
    private final Map<Projection, Double> costs = new EnumMap<>(Projection.class);

    private double error;

    Block(int layer, float[] inputs, Function<Map<Projection, Double>, LayerLevel> ofShares) {
      this.layer = layer;
      this.inputs = inputs;
      this.ofShares = ofShares;
      dense = inputs.clone();
      outputs = new float[inputs.length];
      for (Projection projection : Projection.values()) {
        shares.put(projection, 0.0);
        costs.put(projection, 0.0);
      }
      compute(dense, Sparsity.NONE);
    }

    private void compute(float[] residuals, Sparsity left) {
      int positions = residuals.length / transformer.config().hidden();
      transformer.computeBlock(layer, cache, residuals, positions, left);
    }

    double sparsity() {
      return weights.keySet().stream().mapToDouble(p -> weights.get(p) * shares.get(p)).sum();
    }

    private double raised(Projection projection) {
      return Math.min(MOST, shares.get(projection) + STEP);
    }

    /**
     * The matrix whose next step costs the least. Costs grow as more is left out, so those that
     * were high when they were last tried need not be tried again.
     */
    Projection cheapest() {
      Set<Projection> tried = EnumSet.noneOf(Projection.class);
      while (true) {
        Projection best =
            shares.keySet().stream()
                .filter(p -> shares.get(p) < MOST)
                .min(Comparator.comparing(costs::get))
                .orElseThrow();
        if (!tried.add(best)) {
          return best;
        }
        Map<Projection, Double> next = new EnumMap<>(shares);
        next.put(best, raised(best));
        double more = weights.get(best) * (raised(best) - shares.get(best));
        costs.put(best, (error(next) - error) / more);
      }
    }

    /** Goes a step, or as far as to a target. */
    void raise(Projection projection, double target) {
      double toTarget = shares.get(projection) + (target - sparsity()) / weights.get(projection);
      shares.put(projection, Math.min(raised(projection), toTarget));
      error = error(shares);
    }

    /** The squared error of the outputs. */
    private double error(Map<Projection, Double> shares) {
      System.arraycopy(inputs, 0, outputs, 0, inputs.length);
      compute(outputs, new Thresholds(layers(ofShares.apply(shares))));
      double sum = 0;
      for (int i = 0; i < outputs.length; i++) {
        double difference = outputs[i] - dense[i];
        sum += difference * difference;
      }
      return sum;
    }

    /** Only this block is computed, so the thresholds of the others do not matter. */
    private List<LayerThresholds> layers(LayerLevel level) {
      return Collections.nCopies(layer + 1, level.ofInputs());
    }
  }
}
