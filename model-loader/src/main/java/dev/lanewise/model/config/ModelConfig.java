package dev.lanewise.model.config;

import dev.lanewise.math.Rope;
import java.util.Optional;

/**
 * The shape of a transformer.
 *
 * @param architecture the family's name in the file
 * @param name what the file calls the model
 * @param vocabulary number of tokens
 * @param contextLength positions the model was made for
 * @param layers number of blocks; of the decoder, if there is an encoder too
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
 * @param biases which parts of the blocks have biases
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
    Biases biases,
    FamilyTraits traits) {
  /** What the norm before the feed-forward part is called: gpt-oss has a name of its own. */
  public TensorName ffnNorm() {
    return architecture.equals("gpt-oss") ? TensorName.POST_ATTENTION_NORM : TensorName.FFN_NORM;
  }

  /** What the norm behind attention, or behind its sum with the residual, is called. */
  public TensorName postAttentionNorm() {
    return traits.normPlace() == NormPlace.AFTER_SUM
        ? TensorName.ATTENTION_SUM_NORM
        : TensorName.POST_ATTENTION_NORM;
  }

  /** What the norm behind the feed-forward part, or behind its sum with the residual, is called. */
  public TensorName postFfnNorm() {
    return traits.normPlace() == NormPlace.AFTER_SUM
        ? TensorName.FFN_SUM_NORM
        : TensorName.POST_FFN_NORM;
  }

  /** Whether a layer norms what attention sees. */
  public boolean normsAttentionInput(int layer) {
    return traits.normPlace().before() && (layer > 0 || !traits.has(Trait.FIRST_INPUT_NORMED));
  }

  /** Whether there is a norm behind the last block. */
  public boolean hasOutputNorm() {
    return traits.normPlace() != NormPlace.AFTER_SUM;
  }

  /** Whether the feed-forward network of a block is one of experts. */
  public boolean hasExperts() {
    return traits.experts().exist();
  }

  /** Whether the model finds next tokens; otherwise hidden states are its result. */
  public boolean generates() {
    return !traits.has(Trait.ENCODER);
  }

  /** Whether an encoder reads the prompts, and a decoder writes the answers. */
  public boolean hasEncoder() {
    return traits.encoder().isPresent();
  }

  /** The shape of the encoder beside the decoder, if there is one. */
  public Optional<ModelConfig> encoder() {
    return traits
        .encoder()
        .map(
            encoder ->
                new ModelConfig(
                    architecture,
                    name,
                    vocabulary,
                    contextLength,
                    encoder.layers(),
                    hidden,
                    feedForward,
                    ffnHidden,
                    heads,
                    kvHeads,
                    headDim,
                    normEpsilon,
                    ropeTheta,
                    rotaryDims,
                    ropeLayout,
                    ropeScale,
                    tiedHead,
                    biases,
                    traits.ofEncoder()));
  }

  /** Layers that keep keys and values of a position: of encoder and decoder, the more. */
  public int cachedLayers() {
    return Math.max(layers, traits.encoder().map(EncoderHalf::layers).orElse(0));
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
