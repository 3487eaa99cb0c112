package dev.lanewise.model.config;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Where the blocks of a family differ from Llama's. Factors are 1 and caps 0 where there are none.
 *
 * @param norm what all norms but those of queries and keys compute
 * @param normPlace where they stand
 * @param queryNorm whether queries and keys are normed
 * @param positions how the model knows where a token stands
 * @param others what needs no number
 * @param embeddingScale multiplies the embedding of a token
 * @param residualScale multiplies what is added to the residual
 * @param attentionScale multiplies the products of queries and keys
 * @param logitScale multiplies the logits
 * @param attentionSoftcap bounds the scaled products of queries and keys: cap tanh(x / cap)
 * @param logitSoftcap bounds the logits likewise
 * @param yarn how rotations are stretched; empty if they are not, or otherwise
 * @param experts of the feed-forward part
 * @param ropelessPeriod every so many layers, the last is without rotation; 0 for all with
 * @param buckets of distances, where {@code positions} says that there are any
 * @param encoder beside the decoder, of which the rest speaks; empty for a model that is one stack
 */
public record FamilyTraits(
    NormForm norm,
    NormPlace normPlace,
    QueryNorm queryNorm,
    Positions positions,
    Set<Trait> others,
    float embeddingScale,
    float residualScale,
    float attentionScale,
    float logitScale,
    float attentionSoftcap,
    float logitSoftcap,
    SlidingWindow window,
    Optional<Yarn> yarn,
    Experts experts,
    int ropelessPeriod,
    RelativeBuckets buckets,
    Optional<EncoderHalf> encoder) {
  /** Those of Llama. */
  public static FamilyTraits llama(int headDim) {
    return new FamilyTraits(
        NormForm.RMS,
        NormPlace.BEFORE,
        QueryNorm.NONE,
        Positions.ROTARY,
        EnumSet.noneOf(Trait.class),
        1,
        1,
        (float) (1 / Math.sqrt(headDim)),
        1,
        0,
        0,
        SlidingWindow.NONE,
        Optional.empty(),
        Experts.NONE,
        0,
        RelativeBuckets.NONE,
        Optional.empty());
  }

  /** Whether the family has a trait. */
  public boolean has(Trait trait) {
    return others.contains(trait);
  }

  /** Those of the encoder that stands beside the decoder these are of. */
  FamilyTraits ofEncoder() {
    Set<Trait> ofEncoder = EnumSet.copyOf(others);
    ofEncoder.remove(Trait.ENCODER_BESIDE);
    ofEncoder.add(Trait.ENCODER);
    return new FamilyTraits(
        norm,
        normPlace,
        queryNorm,
        positions,
        ofEncoder,
        embeddingScale,
        residualScale,
        attentionScale,
        logitScale,
        attentionSoftcap,
        logitSoftcap,
        window,
        yarn,
        experts,
        ropelessPeriod,
        buckets,
        Optional.empty());
  }

  /** Whether a layer rotates queries and keys. */
  public boolean rotates(int layer) {
    return positions == Positions.ROTARY
        && (ropelessPeriod == 0 || (layer + 1) % ropelessPeriod != 0);
  }
}
