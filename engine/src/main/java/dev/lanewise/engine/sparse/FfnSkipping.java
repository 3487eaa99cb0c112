package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.annotation.JsonProperty;

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
    @JsonProperty(required = true) float threshold,
    @JsonProperty(required = true) int mostInARow,
    @JsonProperty(required = true) int protectedFirst,
    @JsonProperty(required = true) int protectedLast,
    @JsonProperty(required = true) int warmUpTokens)
    implements Sparsity {
  /** The paper's, of a sequence. */
  private static final int WARM_UP_TOKENS = 25;

  /** Of 15 layers one at each end is protected. */
  private static final int LAYERS_FOR_A_PROTECTED_ONE = 15;

  /**
   * The settings that lost least of those tried on one small model, see docs/sparsity.md, for a
   * model of any depth. They skip nothing until they are given a threshold.
   */
  public static FfnSkipping of(int layers) {
    int ends = Math.ceilDiv(layers, LAYERS_FOR_A_PROTECTED_ONE);
    return new FfnSkipping(2, 1, ends, ends, WARM_UP_TOKENS);
  }

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException naming the one that is out of range
   */
  public FfnSkipping {
    if (!Float.isFinite(threshold)) {
      throw new IllegalArgumentException("the threshold is " + threshold + ", not a finite number");
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

  /** The same with another threshold. */
  public FfnSkipping with(float other) {
    return new FfnSkipping(other, mostInARow, protectedFirst, protectedLast, warmUpTokens);
  }

  /**
   * The largest share of the blocks of a model that a token can skip: before each {@code
   * mostInARow} of those that are not protected, one is computed.
   */
  public double largestShare(int layers) {
    long covered = Math.max(0, layers - (long) protectedFirst - protectedLast);
    long computed = Math.ceilDiv(covered, 1L + mostInARow);
    return (double) (covered - computed) / layers;
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
