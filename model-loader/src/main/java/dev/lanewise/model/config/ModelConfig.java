package dev.lanewise.model.config;

import dev.lanewise.math.Rope;

/**
 * The shape of a transformer.
 *
 * @param architecture the family's name in the file
 * @param name what the file calls the model
 * @param vocabulary number of tokens
 * @param contextLength positions the model was made for
 * @param layers number of blocks
 * @param hidden length of the residual stream
 * @param feedForward what the feed-forward network computes
 * @param ffnHidden length of the feed-forward network's inner vector
 * @param heads query heads
 * @param kvHeads key and value heads; each serves {@code heads / kvHeads} query heads
 * @param headDim length of a head's query, key and value
 * @param normEpsilon added to the mean square in RMSNorm
 * @param ropeTheta base of the rotary frequencies
 * @param rotaryDims elements of a head that are rotated
 * @param ropeLayout which elements are rotated together
 * @param ropeScale factor on positions (linear RoPE scaling); 1 for none
 * @param tiedHead whether the output head is the token embedding
 * @param qkvBias whether query, key and value have biases
 * @param traits where the family differs from Llama
 */
public record ModelConfig(
    String architecture,
    String name,
    int vocabulary,
    int contextLength,
    int layers,
    int hidden,
    FeedForwardForm feedForward,
    int ffnHidden,
    int heads,
    int kvHeads,
    int headDim,
    float normEpsilon,
    float ropeTheta,
    int rotaryDims,
    Rope.Layout ropeLayout,
    float ropeScale,
    boolean tiedHead,
    boolean qkvBias,
    FamilyTraits traits) {
  /** What the norm before the feed-forward part is called: gpt-oss has a name of its own. */
  public TensorName ffnNorm() {
    return architecture.equals("gpt-oss") ? TensorName.POST_ATTENTION_NORM : TensorName.FFN_NORM;
  }

  /** Length of all query heads together. */
  public int queryDim() {
    return heads * headDim;
  }

  /** Length of all key heads together, and of all value heads. */
  public int kvDim() {
    return kvHeads * headDim;
  }
}
