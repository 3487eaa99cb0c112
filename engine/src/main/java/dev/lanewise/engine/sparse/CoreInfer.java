package dev.lanewise.engine.sparse;

/**
 * How the core neurons of a sequence are found, as CoreInfer does by stability (Wang et al.,
 * "CoreInfer: Accelerating Large Language Model Inference with Semantics-Inspired Adaptive Sparse
 * Activation", arXiv 2410.18311): the neurons that are most active in the most tokens of the prompt
 * are the only ones that generate the answer.
 *
 * @param share the part of a layer's neurons that is kept, above 0 up to 1; rounded up to whole
 *     blocks of 32
 * @param tokenShare the part of the positive activations of a token that counts as most active,
 *     above 0 up to 1
 * @param firstLayer the first layer that leaves neurons out; those before are computed whole
 * @param endLayer the layer after the last that leaves neurons out
 * @param leastTokens prompt tokens that have to be seen; after fewer, the answer is computed whole
 */
public record CoreInfer(
    double share, double tokenShare, int firstLayer, int endLayer, int leastTokens) {
  /** The paper's. */
  private static final double TOKEN_SHARE = 0.2;

  private static final int PAPER_LAYERS = 32;
  private static final int PAPER_FIRST = 6;
  private static final int PAPER_END = 27;

  /** From fewer tokens, chance chooses. */
  private static final int LEAST_TOKENS = 32;

  private static final int BLOCK = 32;

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException naming the one that is out of range
   */
  public CoreInfer {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("the share of neurons is above 0 up to 1, not " + share);
    }
    if (!(tokenShare > 0 && tokenShare <= 1)) {
      throw new IllegalArgumentException(
          "the share of a token's activations is above 0 up to 1, not " + tokenShare);
    }
    if (firstLayer < 0 || endLayer < firstLayer) {
      throw new IllegalArgumentException("layers from %d to %d".formatted(firstLayer, endLayer));
    }
    if (leastTokens < 1) {
      throw new IllegalArgumentException(
          "at least 1 prompt token has to be seen, not " + leastTokens);
    }
  }

  /**
   * The paper's settings for a model of any depth: it leaves out neurons in layers 6 to 26 of 32,
   * here in as large a part in the middle.
   */
  public static CoreInfer of(double share, int layers) {
    return new CoreInfer(
        share,
        TOKEN_SHARE,
        Math.round((float) PAPER_FIRST * layers / PAPER_LAYERS),
        Math.round((float) PAPER_END * layers / PAPER_LAYERS),
        LEAST_TOKENS);
  }

  /** Whether a layer leaves neurons out. */
  public boolean covers(int layer) {
    return layer >= firstLayer && layer < endLayer;
  }

  /** How many of a layer's neurons are kept. */
  public int kept(int neurons) {
    int blocks = ((int) (neurons * share) + BLOCK - 1) / BLOCK;
    return Math.min(neurons, Math.max(1, blocks) * BLOCK);
  }
}
