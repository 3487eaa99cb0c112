package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Finds, on this machine, up to which share of active inputs it is faster to skip the others.
 *
 * <p>That depends on how fast memory is in order and out of order, on the format and on the shape
 * of a matrix, so it is measured: rounds go through the matrices of all blocks as a decoding step
 * does, so that they come from memory, and time those of each projection.
 */
final class SwitchOver {
  private static final double[] SHARES = {0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75};
  private static final int ROUNDS = 5;

  /** Until C2 has compiled the kernels. */
  private static final long WARM_UP_NANOS = 1_500_000_000L;

  /** A gain that is not chance. */
  private static final double LEAST_GAIN = 1.03;

  private final List<LayerWeights> layers;
  private final SkippingProducts skipping;
  private final Set<Projection> prepared;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Inputs x;
  private final float[] y;
  private final Random random = new Random(1);

  /** Of the projections that have new copies. */
  SwitchOver(
      ModelConfig config,
      List<LayerWeights> layers,
      SkippingProducts skipping,
      Set<Projection> prepared,
      MatMul matMul,
      ThreadTeam team) {
    this.layers = layers;
    this.skipping = skipping;
    this.prepared = prepared;
    this.matMul = matMul;
    this.team = team;
    int longest = Math.max(Math.max(config.hidden(), config.queryDim()), config.ffnHidden());
    x = new Inputs(1, longest);
    y = new float[longest];
  }

  /** Measures, and has the products skip accordingly. */
  void measure() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < WARM_UP_NANOS) {
      round(SHARES[2], false);
      round(SHARES[2], true);
    }
    // Up to the first share that does not win: a later one that does, did so by chance.
    Map<Projection, Double> most = new EnumMap<>(Projection.class);
    prepared.forEach(projection -> most.put(projection, 0.0));
    Set<Projection> winning = EnumSet.copyOf(prepared);
    for (int i = 0; i < SHARES.length && !winning.isEmpty(); i++) {
      double share = SHARES[i];
      Map<Projection, Double> gains = gains(share);
      winning.removeIf(projection -> gains.get(projection) < LEAST_GAIN);
      winning.forEach(projection -> most.put(projection, share));
    }
    most.forEach(skipping::skipUpTo);
  }

  /** How much faster skipping is: the median of some rounds in turns. */
  private Map<Projection, Double> gains(double share) {
    Map<Projection, double[]> ratios = new EnumMap<>(Projection.class);
    prepared.forEach(projection -> ratios.put(projection, new double[ROUNDS]));
    for (int r = 0; r < ROUNDS; r++) {
      Map<Projection, Long> whole = round(share, false);
      Map<Projection, Long> part = round(share, true);
      for (Projection projection : prepared) {
        ratios.get(projection)[r] = (double) whole.get(projection) / part.get(projection);
      }
    }
    Map<Projection, Double> medians = new EnumMap<>(Projection.class);
    ratios.forEach(
        (projection, all) -> {
          Arrays.sort(all);
          medians.put(projection, all[ROUNDS / 2]);
        });
    return medians;
  }

  /** The nanoseconds that the products of each prepared projection take, all layers together. */
  private Map<Projection, Long> round(double share, boolean skip) {
    Map<Projection, Long> nanos = new EnumMap<>(Projection.class);
    fill(share);
    for (int layer = 0; layer < layers.size(); layer++) {
      for (Projection projection : Projection.values()) {
        Matrix w = layers.get(layer).of(projection);
        if (w == null) {
          continue;
        }
        InputMajor copy = skipping.copy(projection, layer);
        long start = System.nanoTime();
        team.run(
            (member, size) -> {
              if (skip && copy != null) {
                matMul.skipping(copy, x, 0, y, y.length, member, size);
              } else {
                matMul.rounded(w, x, 0, 1, y, y.length, member, size);
              }
            });
        long took = System.nanoTime() - start;
        nanos.merge(projection, took, Long::sum);
      }
    }
    return nanos;
  }

  private void fill(double share) {
    int length = y.length;
    for (int k = 0; k < length; k++) {
      x.floats()[k] = random.nextDouble() < share ? 1 + random.nextFloat() : 0;
    }
    matMul.round(x, 1, 0, 0, ColumnMath.blocks(length), length);
  }
}
