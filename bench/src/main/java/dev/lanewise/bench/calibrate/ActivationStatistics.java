package dev.lanewise.bench.calibrate;

import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.engine.transformer.Activation;
import dev.lanewise.engine.transformer.ActivationObserver;
import dev.lanewise.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How large activations are in each block, over all positions that thresholds are for, each
 * counting the same. The magnitudes of {@code up} are averaged for each neuron.
 */
final class ActivationStatistics implements ActivationObserver {
  private final Map<Activation, List<MagnitudeHistogram>> magnitudes =
      new EnumMap<>(Activation.class);
  private final double[][] upSums;
  private final long[] upCounts;

  /** Counts the magnitudes of some activations. */
  ActivationStatistics(ModelConfig config, Set<Activation> counted) {
    for (Activation activation : counted) {
      List<MagnitudeHistogram> ofLayers = new ArrayList<>();
      for (int layer = 0; layer < config.layers(); layer++) {
        ofLayers.add(new MagnitudeHistogram());
      }
      magnitudes.put(activation, ofLayers);
    }
    upSums = new double[config.layers()][config.ffnHidden()];
    upCounts = new long[config.layers()];
  }

  @Override
  public void observe(
      int layer, Activation activation, int position, float[] values, int from, int count) {
    if (position < Thresholds.SINKS) {
      return;
    }
    if (magnitudes.containsKey(activation)) {
      magnitudes.get(activation).get(layer).add(values, from, count);
    }
    if (activation == Activation.UP) {
      upCounts[layer]++;
      for (int i = 0; i < count; i++) {
        upSums[layer][i] += Math.abs(values[from + i]);
      }
    }
  }

  /** The magnitude that a share of an activation is below. */
  float quantile(Activation activation, int layer, double share) {
    return magnitudes.get(activation).get(layer).quantile(share);
  }

  /** The mean magnitude of {@code up} for each block and neuron, to four digits. */
  List<float[]> upMeans() {
    List<float[]> means = new ArrayList<>();
    for (int layer = 0; layer < upSums.length; layer++) {
      float[] mean = new float[upSums[layer].length];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = FourDigits.of(upSums[layer][i] / upCounts[layer]);
      }
      means.add(mean);
    }
    return means;
  }
}
