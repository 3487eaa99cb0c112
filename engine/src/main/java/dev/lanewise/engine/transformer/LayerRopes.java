package dev.lanewise.engine.transformer;

import dev.lanewise.math.Rope;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.Positions;
import dev.lanewise.model.config.SlidingWindow;
import dev.lanewise.model.config.Yarn;

/** The rotations of the layers: layers with a window may have one of their own. */
final class LayerRopes {
  private final SlidingWindow window;
  private final Rope global;
  private final Rope local;

  /**
   * Computes the tables for some positions, for none if the model rotates nothing.
   *
   * @param factors see {@link Rope}; those of layers with a window are not stretched
   */
  LayerRopes(ModelConfig config, int mostPositions, float[] factors) {
    int positions = config.traits().positions() == Positions.ROTARY ? mostPositions : 0;
    window = config.traits().window();
    global = rope(config, positions, config.ropeTheta(), factors, config.ropeScale());
    boolean same = window.positions() == 0 || window.ropeTheta() == config.ropeTheta();
    local = same ? global : rope(config, positions, window.ropeTheta(), new float[0], 1);
  }

  private static Rope rope(
      ModelConfig config, int positions, float theta, float[] factors, float scale) {
    if (config.traits().yarn().isPresent()) {
      Yarn yarn = config.traits().yarn().get();
      return Rope.yarn(
          positions,
          config.rotaryDims(),
          theta,
          yarn.factor(),
          yarn.originalContext(),
          yarn.fast(),
          yarn.slow(),
          yarn.truncated(),
          yarn.magnitude(),
          config.ropeLayout());
    }
    return new Rope(positions, config.rotaryDims(), theta, factors, scale, config.ropeLayout());
  }

  /** That of a layer. */
  Rope of(int layer) {
    return window.covers(layer) ? local : global;
  }
}
