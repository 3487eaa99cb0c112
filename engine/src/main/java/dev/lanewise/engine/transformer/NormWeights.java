package dev.lanewise.engine.transformer;

/**
 * The weights of a norm.
 *
 * @param weight {@code [hidden]}; no elements where the model has no norm
 * @param bias {@code [hidden]}, zeros where a layer norm has none; RMSNorm does not look at it
 */
record NormWeights(float[] weight, float[] bias) {
  /** There is no norm. */
  static final NormWeights NONE = new NormWeights(new float[0], new float[0]);

  /** Whether there is one. */
  boolean exists() {
    return weight.length > 0;
  }
}
