package dev.lanewise.model.config;

import dev.lanewise.model.StoredModel;

/**
 * Which parts of the blocks add biases. A file has them in all blocks or in none: the first tells.
 *
 * @param qkv query, key and value
 * @param output what attention adds to the residual
 * @param feedForward up and down of a network without a gate
 * @param experts router, gate, up and down of experts
 * @param norms all norms
 */
public record Biases(
    boolean qkv, boolean output, boolean feedForward, boolean experts, boolean norms) {
  /** There are none. */
  public static final Biases NONE = new Biases(false, false, false, false, false);

  static Biases in(StoredModel file) {
    return new Biases(
        has(file, TensorName.QUERY_BIAS) || has(file, TensorName.FUSED_QKV_BIAS),
        has(file, TensorName.ATTENTION_OUTPUT_BIAS),
        has(file, TensorName.FFN_DOWN_BIAS),
        has(file, TensorName.ROUTER_BIAS),
        hasBias(file, TensorName.FFN_NORM) || hasBias(file, TensorName.ATTENTION_SUM_NORM));
  }

  private static boolean has(StoredModel file, TensorName name) {
    return file.tensor(name.fileName(0)).isPresent();
  }

  private static boolean hasBias(StoredModel file, TensorName norm) {
    return file.tensor(TensorName.biasOf(norm.fileName(0))).isPresent();
  }
}
