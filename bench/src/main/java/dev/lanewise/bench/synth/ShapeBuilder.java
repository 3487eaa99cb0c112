package dev.lanewise.bench.synth;

import dev.lanewise.model.config.Biases;
import dev.lanewise.model.config.EncoderHalf;
import dev.lanewise.model.config.Experts;
import dev.lanewise.model.config.Family;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.RelativeBuckets;
import dev.lanewise.model.config.SlidingWindow;
import dev.lanewise.model.config.Trait;
import java.util.Optional;
import java.util.Set;

/**
 * Collects the sizes of a shape, so that a table of them can be read. What is not said is as in
 * Llama, or as the family has it.
 */
final class ShapeBuilder {
  private final String name;
  private final Family family;
  private final int vocabulary;
  private final int context;
  private final Set<Trait> traits;
  private int layers;
  private int hidden;
  private int ffnHidden;
  private int heads;
  private int kvHeads;
  private int headDim;
  private int rotaryDims;
  private boolean tied = true;
  private float epsilon = 1e-5f;
  private float theta = 10_000;
  private float stretch = 1;
  private Biases biases = Biases.NONE;
  private SlidingWindow window = SlidingWindow.NONE;
  private Experts experts = Experts.NONE;
  private float embeddingScale;
  private float residualScale = 1;
  private float attentionScale;
  private float logitScale = 1;
  private float attentionSoftcap;
  private float logitSoftcap;
  private RelativeBuckets buckets = RelativeBuckets.NONE;
  private Optional<EncoderHalf> encoder = Optional.empty();

  /**
   * Begins a shape.
   *
   * @param family value of {@code general.architecture}
   */
  ShapeBuilder(String name, String family, int vocabulary, int context) {
    this.name = name;
    this.family = Family.named(family).orElseThrow();
    this.vocabulary = vocabulary;
    this.context = context;
    traits = this.family.traits();
  }

  ShapeBuilder layers(int layers, int hidden, int ffnHidden) {
    this.layers = layers;
    this.hidden = hidden;
    this.ffnHidden = ffnHidden;
    embeddingScale = traits.contains(Trait.SCALED_EMBEDDING) ? (float) Math.sqrt(hidden) : 1;
    return this;
  }

  ShapeBuilder heads(int heads, int kvHeads, int headDim) {
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    rotaryDims = headDim;
    attentionScale = (float) (1 / Math.sqrt(headDim));
    return this;
  }

  ShapeBuilder untied() {
    tied = false;
    return this;
  }

  ShapeBuilder epsilon(float epsilon) {
    this.epsilon = epsilon;
    return this;
  }

  ShapeBuilder rope(float theta) {
    this.theta = theta;
    return this;
  }

  /** Long wavelengths are stretched, as in Llama 3. */
  ShapeBuilder stretched(float stretch) {
    this.stretch = stretch;
    return this;
  }

  /** Only the first elements of a head are rotated. */
  ShapeBuilder rotating(int rotaryDims) {
    this.rotaryDims = rotaryDims;
    return this;
  }

  ShapeBuilder biases(Biases biases) {
    this.biases = biases;
    return this;
  }

  ShapeBuilder with(Trait trait) {
    traits.add(trait);
    return this;
  }

  /** Has a window in the layers that the family says. */
  ShapeBuilder window(int positions, float theta) {
    window = family.window(positions, theta);
    return this;
  }

  ShapeBuilder experts(Experts experts) {
    this.experts = experts;
    return this;
  }

  /** Has an encoder with as many layers, and biases of distances, as T5 of the first version. */
  ShapeBuilder withEncoder() {
    encoder = Optional.of(new EncoderHalf(layers, 0));
    buckets = new RelativeBuckets(32, 128, false);
    attentionScale = 1;
    logitScale = 1 / (float) Math.sqrt(hidden);
    return this;
  }

  ShapeBuilder scales(float embedding, float residual, float attention, float logitDivisor) {
    embeddingScale = embedding;
    residualScale = residual;
    attentionScale = attention;
    logitScale = 1 / logitDivisor;
    return this;
  }

  ShapeBuilder softcaps(float attention, float logits) {
    attentionSoftcap = attention;
    logitSoftcap = logits;
    return this;
  }

  Shape shape() {
    return new Shape(
        name,
        new ModelConfig(
            family.name(),
            name + " with random weights",
            vocabulary,
            context,
            layers,
            hidden,
            family.feedForward(),
            ffnHidden,
            heads,
            kvHeads,
            headDim,
            epsilon,
            theta,
            rotaryDims,
            family.ropeLayout(),
            1,
            tied,
            biases,
            familyTraits()),
        stretch);
  }

  private FamilyTraits familyTraits() {
    return new FamilyTraits(
        family.norm(),
        family.normPlace(),
        family.queryNorm(),
        family.positions(),
        traits,
        embeddingScale,
        residualScale,
        attentionScale,
        logitScale,
        attentionSoftcap,
        logitSoftcap,
        window,
        Optional.empty(),
        experts,
        family.ropelessPeriod(),
        buckets,
        encoder);
  }
}
