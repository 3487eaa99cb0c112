package dev.lanewise.bench.calibrate;

import static dev.lanewise.engine.sparse.Projection.DOWN;
import static dev.lanewise.engine.sparse.Projection.GATE;
import static dev.lanewise.engine.sparse.Projection.KEY;
import static dev.lanewise.engine.sparse.Projection.OUTPUT;
import static dev.lanewise.engine.sparse.Projection.QUERY;
import static dev.lanewise.engine.sparse.Projection.UP;
import static dev.lanewise.engine.sparse.Projection.VALUE;

import dev.lanewise.engine.sparse.LayerThresholds;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.engine.transformer.Activation;
import dev.lanewise.engine.transformer.ActivationObserver;
import dev.lanewise.model.config.ModelConfig;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** How much thresholds leave out while they are applied. */
final class RealisedSparsity implements ActivationObserver {
  private final ModelConfig config;
  private final Thresholds thresholds;
  private final Map<Projection, Share> shares = new EnumMap<>(Projection.class);

  RealisedSparsity(ModelConfig config, Thresholds thresholds) {
    this.config = config;
    this.thresholds = thresholds;
    for (Projection projection : Projection.values()) {
      shares.put(projection, new Share());
    }
  }

  private static final class Share {
    long left;
    long all;

    double value() {
      return (double) left / all;
    }
  }

  @Override
  public void observe(
      int layer, Activation activation, int position, float[] values, int from, int count) {
    if (position < Thresholds.SINKS) {
      return;
    }
    LayerThresholds below = thresholds.layers().get(layer);
    switch (activation) {
      case ATTENTION_INPUT -> {
        for (Projection projection : EnumSet.of(QUERY, KEY, VALUE)) {
          count(projection, below.of(projection), values, from, count);
        }
      }
      case ATTENTION_OUTPUT -> count(OUTPUT, below.output(), values, from, count);
      case FFN_INPUT -> {
        count(GATE, below.gate(), values, from, count);
        if (below.neurons().length == 0) {
          count(UP, below.up(), values, from, count);
        }
      }
      case GATE -> countNeurons(below.neurons(), values, from);
      case PRODUCT -> {
        if (below.neurons().length == 0) {
          count(DOWN, below.down(), values, from, count);
        }
      }
      case BLOCK_INPUT, UP -> {}
    }
  }

  private void count(Projection projection, float threshold, float[] values, int from, int count) {
    Share share = shares.get(projection);
    share.all += count;
    if (threshold > 0) {
      for (int i = from; i < from + count; i++) {
        share.left += Math.abs(values[i]) < threshold ? 1 : 0;
      }
    }
  }

  /** A neuron that is left out saves its row of {@code up} and its column of {@code down}. */
  private void countNeurons(float[] neurons, float[] values, int from) {
    int left = 0;
    for (int i = 0; i < neurons.length; i++) {
      left += Math.abs(values[from + i]) < neurons[i] ? 1 : 0;
    }
    for (Projection projection : EnumSet.of(UP, DOWN)) {
      shares.get(projection).left += left;
      shares.get(projection).all += neurons.length;
    }
  }

  /** The share of the weights of some matrices that was left out. */
  double of(Set<Projection> projections) {
    double left = 0;
    double all = 0;
    for (Projection projection : projections) {
      double weights = projection.weights(config);
      left += weights * shares.get(projection).value();
      all += weights;
    }
    return left / all;
  }
}
