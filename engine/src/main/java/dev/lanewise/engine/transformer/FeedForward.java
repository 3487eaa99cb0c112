package dev.lanewise.engine.transformer;

import static dev.lanewise.engine.transformer.Activation.FFN_INPUT;
import static dev.lanewise.engine.transformer.Activation.GATE;
import static dev.lanewise.engine.transformer.Activation.PRODUCT;
import static dev.lanewise.engine.transformer.Activation.UP;

import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.NormPlace;
import dev.lanewise.model.config.Trait;
import java.util.Arrays;

/**
 * The feed-forward part of a block, added to the residual, in one of the forms of {@link
 * dev.lanewise.model.config.FeedForwardForm}.
 */
final class FeedForward {
  private final ModelConfig config;
  private final FloatKernels floats;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Columns columns;
  private final ColumnMath math;
  private final SkippingProducts products;
  private final SkipCounts counts;
  private final ThresholdMasks masks;
  private final ActivationTap tap;
  private final NeuronChoice neurons;
  private final BlockSkipping skipping;

  FeedForward(
      ModelConfig config,
      FloatKernels floats,
      MatMul matMul,
      ThreadTeam team,
      Columns columns,
      ColumnMath math,
      SkippingProducts products,
      SkipCounts counts,
      ThresholdMasks masks,
      ActivationTap tap,
      NeuronChoice neurons,
      BlockSkipping skipping) {
    this.config = config;
    this.floats = floats;
    this.matMul = matMul;
    this.team = team;
    this.columns = columns;
    this.math = math;
    this.products = products;
    this.counts = counts;
    this.masks = masks;
    this.tap = tap;
    this.neurons = neurons;
    this.skipping = skipping;
  }

  /** The share of a member, with barriers between its phases and at the end. */
  void compute(LayerWeights w, int layer, int member, int size) {
    if (skipping.skipAll(layer, member)) {
      if (member == 0) {
        counts.saved(w.feedForwardBytes());
      }
      if (config.traits().has(Trait.PARALLEL_PARTS)) {
        addAttended(w, member, size);
        team.barrier();
      }
      return;
    }
    boolean gated = config.feedForward().isGated();
    int roundedForGate = gated ? math.rounded(w.gate()) : 0;
    math.norm(w.ffnNorm(), Math.max(roundedForGate, math.rounded(w.up())), member, size);
    team.barrier();
    if (config.traits().has(Trait.PARALLEL_PARTS)) {
      addAttended(w, member, size);
    }
    Inputs normed = columns.normed;
    tap.show(FFN_INPUT, layer, normed.floats(), normed.stride(), config.hidden(), member);
    if (gated) {
      gated(w, layer, member, size);
    } else {
      ungated(w, layer, member, size);
    }
    team.barrier();
    neurons.apply(layer, member, size);
    masks.mask(Projection.DOWN, w.down(), columns.inner, layer, member, size);
    if (math.rounded(w.down()) > 0) {
      math.round(columns.inner, math.rounded(w.down()), w.down().cols(), member, size);
      team.barrier();
    }
    boolean hasZeros = masks.areActive() || config.feedForward().makesZeros();
    if (member == 0 && hasZeros && columns.isOneStep()) {
      int active = floats.nonZeros(columns.inner.floats(), 0, w.down().cols());
      counts.active(layer, active, w.down().cols());
    }
    products.multiply(
        Projection.DOWN,
        layer,
        w.down(),
        columns.inner,
        columns.projected,
        columns.hiddenStride,
        member,
        size);
    NormPlace place = config.traits().normPlace();
    if (w.downBias().length > 0) {
      math.addBias(
          w.down(), w.downBias(), 0, columns.projected, columns.hiddenStride, member, size);
    }
    if (place.behind()) {
      team.barrier();
    }
    NormWeights behind = place.behind() ? w.postFfnNorm() : NormWeights.NONE;
    for (int c = 0; c < columns.count; c++) {
      if (!skipping.skips(layer, c)) {
        math.addProjected(w.down(), behind, c, member, size);
      }
    }
    team.barrier();
    if (place == NormPlace.AFTER_SUM) {
      math.normResidual(w.postFfnNorm(), member, size);
      team.barrier();
    }
    skipping.decide(layer, member, size);
  }

  /**
   * Adds what attention found, now that nobody needs the residual without it: its product is still
   * in its place.
   */
  private void addAttended(LayerWeights w, int member, int size) {
    for (int c = 0; c < columns.count; c++) {
      math.addProjected(w.output(), NormWeights.NONE, c, member, size);
    }
  }

  /** The share of a member of the gated activations, to {@link Columns#inner}. */
  private void gated(LayerWeights w, int layer, int member, int size) {
    float[] gate = columns.inner.floats();
    int stride = columns.inner.stride();
    Inputs toGate = masks.normed(Projection.GATE, w.gate(), layer, member, size);
    products.multiply(Projection.GATE, layer, w.gate(), toGate, gate, stride, member, size);
    Inputs toUp = masks.normed(Projection.UP, w.up(), layer, member, size);
    products.multiply(Projection.UP, layer, w.up(), toUp, columns.up, stride, member, size);
    if (!math.areSharedAlike(w.gate(), w.up(), size)) {
      team.barrier();
    }
    int first = matMul.firstRow(w.gate(), member, size);
    int rows = matMul.firstRow(w.gate(), member + 1, size) - first;
    if (config.feedForward() != FeedForwardForm.GATED_SILU) {
      for (int c = 0; c < columns.count; c++) {
        activate(gate, c * stride + first, rows);
      }
      tap.show(PRODUCT, layer, gate, stride, config.ffnHidden(), member);
    } else if (masks.areActive() || tap.isOpen()) {
      masks.silu(first, rows);
      tap.show(GATE, layer, gate, stride, config.ffnHidden(), member);
      tap.show(UP, layer, columns.up, stride, config.ffnHidden(), member);
      masks.timesUp(first, rows, layer);
      tap.show(PRODUCT, layer, gate, stride, config.ffnHidden(), member);
    } else {
      for (int c = 0; c < columns.count; c++) {
        int at = c * stride + first;
        floats.siluTimes(gate, at, columns.up, at, rows);
      }
    }
  }

  /** The share of a member of the activations without a gate, to {@link Columns#inner}. */
  private void ungated(LayerWeights w, int layer, int member, int size) {
    float[] inner = columns.inner.floats();
    int stride = columns.inner.stride();
    math.multiply(w.up(), columns.normed, inner, stride, member, size);
    int first = matMul.firstRow(w.up(), member, size);
    int rows = matMul.firstRow(w.up(), member + 1, size) - first;
    if (w.upBias().length > 0) {
      math.addBias(w.up(), w.upBias(), 0, inner, stride, member, size);
    }
    for (int c = 0; c < columns.count; c++) {
      activate(inner, c * stride + first, rows);
    }
    tap.show(PRODUCT, layer, inner, stride, config.ffnHidden(), member);
  }

  /** The activations of {@code n} neurons, times {@link Columns#up} if there is a gate. */
  private void activate(float[] inner, int at, int n) {
    switch (config.feedForward()) {
      case GATED_GELU -> floats.geluTimes(inner, at, columns.up, at, n);
      case GATED_EXACT_GELU -> floats.exactGeluTimes(inner, at, columns.up, at, n);
      case GELU -> {
        Arrays.fill(columns.up, at, at + n, 1);
        floats.geluTimes(inner, at, columns.up, at, n);
      }
      case EXACT_GELU -> {
        Arrays.fill(columns.up, at, at + n, 1);
        floats.exactGeluTimes(inner, at, columns.up, at, n);
      }
      case RELU -> floats.relu(inner, at, n);
      case SQUARED_RELU -> floats.squaredRelu(inner, at, n);
      case GATED_SILU, CLAMPED_SWIGLU ->
          throw new IllegalStateException(config.feedForward().name());
    }
  }
}
