package dev.lanewise.engine.transformer;

import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;

/** What an expert makes of its gate and up products. */
final class ExpertActivation {
  private final ModelConfig config;
  private final FloatKernels floats;

  ExpertActivation(ModelConfig config, FloatKernels floats) {
    this.config = config;
    this.floats = floats;
  }

  /**
   * Adds the biases of some rows and applies the activation; the result is in {@code gate}.
   *
   * @param gateAt where the first of the rows is in {@code gate}, and so on
   * @param row the first of the rows
   * @param up unspecified afterwards for these rows
   */
  void apply(
      ExpertWeights w,
      int expert,
      float[] gate,
      int gateAt,
      float[] up,
      int upAt,
      int row,
      int rows) {
    if (w.gateBiases().length > 0) {
      int bias = expert * config.ffnHidden() + row;
      floats.add(gate, gateAt, w.gateBiases(), bias, rows);
      floats.add(up, upAt, w.upBiases(), bias, rows);
    }
    if (config.feedForward() == FeedForwardForm.CLAMPED_SWIGLU) {
      floats.clampedSwiglu(gate, gateAt, up, upAt, rows);
    } else {
      floats.siluTimes(gate, gateAt, up, upAt, rows);
    }
  }
}
