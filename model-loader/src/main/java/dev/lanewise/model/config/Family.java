package dev.lanewise.model.config;

import static dev.lanewise.math.Rope.Layout.HALVES;
import static dev.lanewise.math.Rope.Layout.PAIRS;

import dev.lanewise.math.Rope;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the files of a family of models leave unsaid, by the value of {@code general.architecture}.
 * A row of a table: as Llama, but for what {@code with} says, which changes the row and returns it.
 */
public final class Family {
  /** All families that are computed. */
  static final List<Family> TABLE =
      List.of(
          Family.of("llama", PAIRS),
          Family.of("qwen2", HALVES),
          Family.of("qwen3", HALVES).with(QueryNorm.HEAD),
          Family.of("gemma2", HALVES)
              .with(FeedForwardForm.GATED_GELU)
              .with(NormPlace.AROUND)
              .with(Trait.SCALED_EMBEDDING)
              .withWindowPeriod(2),
          Family.of("gemma3", HALVES)
              .with(FeedForwardForm.GATED_GELU)
              .with(QueryNorm.HEAD)
              .with(NormPlace.AROUND)
              .with(Trait.SCALED_EMBEDDING)
              .withWindowPeriod(6),
          Family.of("phi3", HALVES).with(Trait.FUSED_QKV, Trait.FUSED_GATE_UP),
          Family.of("granite", PAIRS),
          Family.of("olmo2", HALVES).with(QueryNorm.PROJECTION).with(NormPlace.BEHIND),
          Family.of("qwen3moe", HALVES).with(QueryNorm.HEAD),
          Family.of("olmoe", HALVES).with(QueryNorm.PROJECTION),
          Family.of("granitemoe", PAIRS),
          Family.of("gpt-oss", HALVES)
              .with(FeedForwardForm.CLAMPED_SWIGLU)
              .with(Trait.SINKS)
              .withWindowPeriod(2),
          Family.of("smollm3", PAIRS).withRopelessPeriod(4),
          Family.of("arcee", PAIRS).with(FeedForwardForm.SQUARED_RELU),
          Family.of("gpt2", Positions.LEARNED)
              .with(NormForm.LAYER)
              .with(FeedForwardForm.GELU)
              .with(Trait.FUSED_QKV),
          Family.of("gptneox", HALVES)
              .with(NormForm.LAYER)
              .with(FeedForwardForm.EXACT_GELU)
              .with(Trait.FUSED_QKV),
          Family.of("bloom", Positions.ALIBI)
              .with(NormForm.LAYER)
              .with(FeedForwardForm.GELU)
              .with(Trait.FUSED_QKV, Trait.EMBEDDING_NORM),
          Family.of("opt", Positions.LEARNED).with(NormForm.LAYER).with(FeedForwardForm.RELU),
          Family.of("bert", Positions.LEARNED)
              .with(NormForm.LAYER)
              .with(NormPlace.AFTER_SUM)
              .with(FeedForwardForm.EXACT_GELU)
              .with(Trait.ENCODER, Trait.EMBEDDING_NORM, Trait.TOKEN_TYPES),
          Family.of("nomic-bert", HALVES)
              .with(NormForm.LAYER)
              .with(NormPlace.AFTER_SUM)
              .with(Trait.ENCODER, Trait.EMBEDDING_NORM, Trait.TOKEN_TYPES, Trait.FUSED_QKV),
          Family.of("modern-bert", HALVES)
              .with(NormForm.LAYER)
              .with(FeedForwardForm.GATED_EXACT_GELU)
              .with(Trait.ENCODER, Trait.EMBEDDING_NORM, Trait.FIRST_INPUT_NORMED)
              .with(Trait.FUSED_QKV, Trait.FUSED_GATE_UP)
              .withWindowPeriod(3),
          Family.of("t5", Positions.BUCKETS).with(FeedForwardForm.RELU).with(Trait.ENCODER_BESIDE));

  private final String name;
  private final Rope.Layout ropeLayout;
  private FeedForwardForm feedForward = FeedForwardForm.GATED_SILU;
  private NormForm norm = NormForm.RMS;
  private NormPlace normPlace = NormPlace.BEFORE;
  private QueryNorm queryNorm = QueryNorm.NONE;
  private Positions positions = Positions.ROTARY;
  private final Set<Trait> traits = EnumSet.noneOf(Trait.class);
  private int windowPeriod = SlidingWindow.ALL;
  private int ropelessPeriod;

  private Family(String name, Rope.Layout ropeLayout) {
    this.name = name;
    this.ropeLayout = ropeLayout;
  }

  /** The family that files call so, if it is computed. */
  public static Optional<Family> named(String name) {
    return TABLE.stream().filter(family -> family.name.equals(name)).findFirst();
  }

  /** A family like Llama but for the layout of its rotation. */
  static Family of(String name, Rope.Layout ropeLayout) {
    return new Family(name, ropeLayout);
  }

  /** A family that rotates nothing. */
  static Family of(String name, Positions positions) {
    Family family = new Family(name, Rope.Layout.HALVES);
    family.positions = positions;
    return family;
  }

  Family with(FeedForwardForm form) {
    feedForward = form;
    return this;
  }

  Family with(NormForm form) {
    norm = form;
    return this;
  }

  Family with(NormPlace place) {
    normPlace = place;
    return this;
  }

  Family with(QueryNorm form) {
    queryNorm = form;
    return this;
  }

  Family with(Trait... more) {
    traits.addAll(Set.of(more));
    return this;
  }

  /** If files name a window: of so many layers in a row, all but one have it. */
  Family withWindowPeriod(int period) {
    windowPeriod = period;
    return this;
  }

  /** Of so many layers in a row, the last is without rotation. */
  Family withRopelessPeriod(int period) {
    ropelessPeriod = period;
    return this;
  }

  /** The value of {@code general.architecture}. */
  public String name() {
    return name;
  }

  /** Which elements of a head are rotated together. */
  public Rope.Layout ropeLayout() {
    return ropeLayout;
  }

  /** What the feed-forward part computes. */
  public FeedForwardForm feedForward() {
    return feedForward;
  }

  /** What all norms but those of queries and keys compute. */
  public NormForm norm() {
    return norm;
  }

  /** Where they stand. */
  public NormPlace normPlace() {
    return normPlace;
  }

  /** Whether queries and keys are normed. */
  public QueryNorm queryNorm() {
    return queryNorm;
  }

  /** How a model of the family knows where a token stands. */
  public Positions positions() {
    return positions;
  }

  /** What needs no number, in a set of the caller's own. */
  public Set<Trait> traits() {
    return EnumSet.copyOf(traits);
  }

  boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /**
   * A window of a model of the family, in the layers that have it.
   *
   * @param positions how many it covers; 0 for none
   * @param ropeTheta base of the rotary frequencies in these layers
   */
  public SlidingWindow window(int positions, float ropeTheta) {
    // Of encoders the first layer of a period attends to everything, of others the last.
    int global = has(Trait.ENCODER) ? 0 : windowPeriod - 1;
    return new SlidingWindow(positions, windowPeriod, global, ropeTheta);
  }

  /** Of so many layers in a row, the last is without rotation; 0 for all with. */
  public int ropelessPeriod() {
    return ropelessPeriod;
  }
}
