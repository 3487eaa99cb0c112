package dev.lanewise.bench.calibrate;

import dev.lanewise.engine.transformer.Activation;
import dev.lanewise.engine.transformer.ActivationObserver;
import dev.lanewise.model.config.ModelConfig;

/** Keeps the residuals before each block for the first positions of a sequence. */
final class BlockInputs implements ActivationObserver {
  private final float[][] residuals;

  BlockInputs(ModelConfig config, int positions) {
    residuals = new float[config.layers()][positions * config.hidden()];
  }

  @Override
  public void observe(
      int layer, Activation activation, int position, float[] values, int from, int count) {
    if (activation == Activation.BLOCK_INPUT) {
      System.arraycopy(values, from, residuals[layer], position * count, count);
    }
  }

  /** {@code [positions, hidden]}. */
  float[] of(int layer) {
    return residuals[layer];
  }
}
