package dev.lanewise.model.config;

import java.util.Optional;

/**
 * Where the blocks of a family differ from Llama's. Factors are 1 and caps 0 where there are none.
 *
 * @param preNorm whether the inputs of attention and feed-forward part are normed
 * @param postNorm whether their outputs are, before they are added to the residual
 * @param fused whether the file has query, key and value in one tensor, and gate and up in another
 * @param embeddingScale multiplies the embedding of a token
 * @param residualScale multiplies what is added to the residual
 * @param attentionScale multiplies the products of queries and keys
 * @param logitScale multiplies the logits
 * @param attentionSoftcap bounds the scaled products of queries and keys: cap tanh(x / cap)
 * @param logitSoftcap bounds the logits likewise
 * @param yarn how rotations are stretched; empty if they are not, or otherwise
 * @param sinks whether each head has a score that takes part in the softmax, but no value
 * @param biases whether attention outputs, router and experts have biases
 * @param experts of the feed-forward part
 * @param ropelessPeriod every so many layers, the last is without rotation; 0 for all with
 */
public record FamilyTraits(
    boolean preNorm,
    boolean postNorm,
    QueryNorm queryNorm,
    boolean fused,
    float embeddingScale,
    float residualScale,
    float attentionScale,
    float logitScale,
    float attentionSoftcap,
    float logitSoftcap,
    SlidingWindow window,
    Optional<Yarn> yarn,
    boolean sinks,
    boolean biases,
    Experts experts,
    int ropelessPeriod) {
  /** Those of Llama. */
  public static FamilyTraits llama(int headDim) {
    return new FamilyTraits(
        true,
        false,
        QueryNorm.NONE,
        false,
        1,
        1,
        (float) (1 / Math.sqrt(headDim)),
        1,
        0,
        0,
        SlidingWindow.NONE,
        Optional.empty(),
        false,
        false,
        Experts.NONE,
        0);
  }

  /** Whether a layer rotates queries and keys. */
  public boolean rotates(int layer) {
    return ropelessPeriod == 0 || (layer + 1) % ropelessPeriod != 0;
  }
}
