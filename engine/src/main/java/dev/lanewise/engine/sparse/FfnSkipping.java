package dev.lanewise.engine.sparse;

/**
 * Leaves out whole feed-forward blocks, as FFN-SkipLLM does (Jaiswal et al., "FFN-SkipLLM: A Hidden
 * Gem for Autoregressive Decoding with Adaptive Feed Forward Skipping", arXiv 2404.03865): where a
 * block hardly turns the residual stream of a token, the blocks of the next layers are skipped for
 * this token; then one is computed again, and decides anew. The first and last layers and the first
 * tokens of a sequence are always computed.
 *
 * @param threshold the least cosine of the residual before and after a block at which the next ones
 *     are skipped; above 1 none are
 * @param mostInARow how many blocks are skipped before one is computed
 * @param protectedFirst layers at the beginning whose blocks are always computed
 * @param protectedLast the same at the end
 * @param warmUpTokens tokens of a sequence, from its first on, that skip nothing
 */
public record FfnSkipping(
    float threshold, int mostInARow, int protectedFirst, int protectedLast, int warmUpTokens)
    implements Sparsity {
  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException naming the one that is out of range
   */
  public FfnSkipping {
    if (Float.isNaN(threshold)) {
      throw new IllegalArgumentException("the threshold is not a number");
    }
    if (mostInARow < 1) {
      throw new IllegalArgumentException(
          "at least 1 block in a row may be skipped, not " + mostInARow);
    }
    if (protectedFirst < 0 || protectedLast < 0 || warmUpTokens < 0) {
      throw new IllegalArgumentException(
          "protected layers and warm-up tokens are not negative: %d, %d and %d"
              .formatted(protectedFirst, protectedLast, warmUpTokens));
    }
  }

  /** Whether the block of a layer may be skipped, or decide that others are. */
  public boolean covers(int layer, int layers) {
    return layer >= protectedFirst && layer < layers - protectedLast;
  }

  /** Whether the token at a position of its sequence may skip blocks. */
  public boolean covers(int position) {
    return position >= warmUpTokens;
  }
}
