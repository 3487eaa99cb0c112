package dev.lanewise.model.config;

import dev.lanewise.math.Rope;
import java.util.EnumSet;
import java.util.Set;

/**
 * What the files of a family of models leave unsaid, by the value of {@code general.architecture}.
 * A row of a table: as Llama, but for what {@code with} says, which changes the row and returns it.
 */
final class Family {
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

  /** If files name a window: of so many layers in a row, all but the last have it. */
  Family withWindowPeriod(int period) {
    windowPeriod = period;
    return this;
  }

  /** Of so many layers in a row, the last is without rotation. */
  Family withRopelessPeriod(int period) {
    ropelessPeriod = period;
    return this;
  }

  String name() {
    return name;
  }

  Rope.Layout ropeLayout() {
    return ropeLayout;
  }

  FeedForwardForm feedForward() {
    return feedForward;
  }

  NormForm norm() {
    return norm;
  }

  NormPlace normPlace() {
    return normPlace;
  }

  QueryNorm queryNorm() {
    return queryNorm;
  }

  Positions positions() {
    return positions;
  }

  Set<Trait> traits() {
    return traits;
  }

  boolean has(Trait trait) {
    return traits.contains(trait);
  }

  int windowPeriod() {
    return windowPeriod;
  }

  int ropelessPeriod() {
    return ropelessPeriod;
  }
}
