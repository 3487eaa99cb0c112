package dev.lanewise.model.config;

import dev.lanewise.math.Rope;
import java.util.Optional;

/**
 * What the files of a family of models leave unsaid, by the value of {@code general.architecture}.
 *
 * @param ropeLayout which elements of a head are rotated together
 * @param feedForward what the feed-forward network computes
 * @param windowPeriod if files name a window: of so many layers in a row, all but the last have it
 * @param scaledEmbedding whether embeddings are multiplied by the root of their length
 * @param traits the rest, without what files say
 */
record Family(
    String name,
    Rope.Layout ropeLayout,
    FeedForwardForm feedForward,
    int windowPeriod,
    boolean scaledEmbedding,
    FamilyTraits traits) {
  /** A family like Llama but for the layout of its rotation. */
  static Family of(String name, Rope.Layout ropeLayout) {
    return new Family(
        name,
        ropeLayout,
        FeedForwardForm.GATED_SILU,
        SlidingWindow.ALL,
        false,
        FamilyTraits.llama(1));
  }

  Family with(FeedForwardForm form) {
    return new Family(name, ropeLayout, form, windowPeriod, scaledEmbedding, traits);
  }

  Family withWindowPeriod(int period) {
    return new Family(name, ropeLayout, feedForward, period, scaledEmbedding, traits);
  }

  Family withScaledEmbedding() {
    return new Family(name, ropeLayout, feedForward, windowPeriod, true, traits);
  }

  Family with(QueryNorm queryNorm) {
    return with(
        traits.preNorm(),
        traits.postNorm(),
        queryNorm,
        traits.fused(),
        traits.ropelessPeriod(),
        traits.sinks());
  }

  Family withNorms(boolean pre, boolean post) {
    return with(
        pre, post, traits.queryNorm(), traits.fused(), traits.ropelessPeriod(), traits.sinks());
  }

  Family withFusedTensors() {
    return with(
        traits.preNorm(),
        traits.postNorm(),
        traits.queryNorm(),
        true,
        traits.ropelessPeriod(),
        traits.sinks());
  }

  Family withRopelessPeriod(int period) {
    return with(
        traits.preNorm(),
        traits.postNorm(),
        traits.queryNorm(),
        traits.fused(),
        period,
        traits.sinks());
  }

  Family withSinksAndBiases() {
    return with(
        traits.preNorm(),
        traits.postNorm(),
        traits.queryNorm(),
        traits.fused(),
        traits.ropelessPeriod(),
        true);
  }

  private Family with(
      boolean preNorm,
      boolean postNorm,
      QueryNorm queryNorm,
      boolean fused,
      int ropelessPeriod,
      boolean sinksAndBiases) {
    return new Family(
        name,
        ropeLayout,
        feedForward,
        windowPeriod,
        scaledEmbedding,
        new FamilyTraits(
            preNorm,
            postNorm,
            queryNorm,
            fused,
            1,
            1,
            1,
            1,
            0,
            0,
            SlidingWindow.NONE,
            Optional.empty(),
            sinksAndBiases,
            sinksAndBiases,
            Experts.NONE,
            ropelessPeriod));
  }
}
