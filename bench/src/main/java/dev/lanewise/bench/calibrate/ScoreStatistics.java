package dev.lanewise.bench.calibrate;

import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.engine.transformer.Activation;
import dev.lanewise.engine.transformer.ActivationObserver;
import java.util.ArrayList;
import java.util.List;

/** How large |silu(gate)| times the mean magnitude of {@code up} is, in each block. */
final class ScoreStatistics implements ActivationObserver {
  private final List<float[]> upMeans;
  private final List<MagnitudeHistogram> scores = new ArrayList<>();

  ScoreStatistics(List<float[]> upMeans) {
    this.upMeans = upMeans;
    upMeans.forEach(layer -> scores.add(new MagnitudeHistogram()));
  }

  @Override
  public void observe(
      int layer, Activation activation, int position, float[] values, int from, int count) {
    if (activation == Activation.GATE && position >= Thresholds.SINKS) {
      float[] means = upMeans.get(layer);
      for (int i = 0; i < count; i++) {
        scores.get(layer).add(values[from + i] * means[i]);
      }
    }
  }

  /** The score that a share of all neurons is below, over all positions. */
  float quantile(int layer, double share) {
    return scores.get(layer).quantile(share);
  }
}
