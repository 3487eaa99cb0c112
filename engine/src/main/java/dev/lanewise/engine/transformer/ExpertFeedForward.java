package dev.lanewise.engine.transformer;

import static dev.lanewise.engine.transformer.Activation.FFN_INPUT;
import static dev.lanewise.engine.transformer.Activation.PRODUCT;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.ModelConfig;

/**
 * The feed-forward part of a block with experts, added to the residual: for each token the outputs
 * of those that the router chose, weighted.
 *
 * <p>Experts are computed one after the other, each with all columns that go through it, so that
 * its matrices are read once in a pass. A column gets its experts' outputs in the same order
 * whatever is computed beside it.
 */
final class ExpertFeedForward {
  private final ModelConfig config;
  private final FloatKernels floats;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Columns columns;
  private final ColumnMath math;
  private final SkipCounts counts;
  private final ActivationTap tap;
  private final BlockSkipping skipping;
  private final ExpertActivation activation;
  private final Routing routing;
  private final Router router;
  private final ExpertStep step;

  /** The columns of an expert, side by side. */
  private final Inputs gathered;

  ExpertFeedForward(
      ModelConfig config,
      FloatKernels floats,
      MatMul matMul,
      ThreadTeam team,
      Columns columns,
      ColumnMath math,
      SkipCounts counts,
      ActivationTap tap,
      BlockSkipping skipping) {
    this.config = config;
    this.floats = floats;
    this.matMul = matMul;
    this.team = team;
    this.columns = columns;
    this.math = math;
    this.counts = counts;
    this.tap = tap;
    this.skipping = skipping;
    FamilyTraits traits = config.traits();
    routing = new Routing(traits.experts(), Transformer.CHUNK);
    router = new Router(config, floats, team, columns, routing);
    activation = new ExpertActivation(config, floats);
    step = new ExpertStep(config, floats, matMul, team, columns, math, activation, routing);
    gathered = new Inputs(Transformer.CHUNK, config.hidden());
  }

  /** The share of a member, with barriers between its phases and at the end. */
  void compute(LayerWeights w, int layer, int member, int size) {
    if (skipping.skipAll(layer, member)) {
      if (member == 0) {
        counts.saved(w.feedForwardBytes());
      }
      return;
    }
    // For several columns, those of an expert are rounded together, when they are.
    int rounded = columns.isOneStep() ? math.rounded(w.experts().gates().getFirst()) : 0;
    math.norm(w.ffnNorm(), rounded, member, size);
    team.barrier();
    Inputs normed = columns.normed;
    tap.show(FFN_INPUT, layer, normed.floats(), normed.stride(), config.hidden(), member);
    router.route(w.experts(), member, size);
    if (columns.isOneStep()) {
      step.compute(w.experts(), member, size);
    } else {
      for (int expert = 0; expert < config.traits().experts().count(); expert++) {
        if (routing.start(expert) < routing.end(expert)) {
          compute(w.experts(), expert, layer, member, size);
        }
      }
    }
    if (member == 0) {
      countUnused(w.experts());
    }
    skipping.decide(layer, member, size);
  }

  private void countUnused(ExpertWeights w) {
    for (int expert = 0; expert < config.traits().experts().count(); expert++) {
      if (routing.start(expert) == routing.end(expert)) {
        counts.saved(w.bytes(expert));
      }
    }
  }

  private void compute(ExpertWeights w, int expert, int layer, int member, int size) {
    Matrix gate = w.gates().get(expert);
    Matrix up = w.ups().get(expert);
    Matrix down = w.downs().get(expert);
    int first = routing.start(expert);
    int count = routing.end(expert) - first;
    gather(first, count, member, size);
    team.barrier();
    int hidden = config.hidden();
    float[] inputs = gathered.floats();
    tap.showExpert(FFN_INPUT, layer, expert, inputs, gathered.stride(), count, hidden, member);
    int rounded = Math.max(rounded(gate, first, count), rounded(up, first, count));
    if (rounded > 0) {
      math.round(gathered, rounded, hidden, member, size);
      team.barrier();
    }
    Inputs inner = columns.inner;
    int stride = inner.stride();
    multiply(gate, gathered, first, count, inner.floats(), stride, member, size);
    multiply(up, gathered, first, count, columns.up, stride, member, size);
    if (!math.areSharedAlike(gate, up, size)) {
      team.barrier();
    }
    int row = matMul.firstRow(gate, member, size);
    int rows = matMul.firstRow(gate, member + 1, size) - row;
    for (int i = 0; i < count; i++) {
      int at = i * stride + row;
      activation.apply(w, expert, inner.floats(), at, columns.up, at, row, rows);
    }
    team.barrier();
    tap.showExpert(PRODUCT, layer, expert, inner.floats(), stride, count, down.cols(), member);
    int roundedInner = rounded(down, first, count);
    if (roundedInner > 0) {
      math.round(inner, roundedInner, down.cols(), member, size);
      team.barrier();
    }
    int hiddenStride = columns.hiddenStride;
    multiply(down, inner, first, count, columns.projected, hiddenStride, member, size);
    if (w.downBiases().length > 0) {
      int at = expert * hidden;
      math.addBias(down, w.downBiases(), at, columns.projected, hiddenStride, count, member, size);
    }
    add(down, layer, first, count, member, size);
    team.barrier();
  }

  private void gather(int first, int count, int member, int size) {
    int hidden = config.hidden();
    int from = ThreadTeam.share(hidden, member, size);
    int end = ThreadTeam.share(hidden, member + 1, size);
    for (int i = 0; i < count; i++) {
      int source = routing.column(first + i) * columns.normed.stride() + from;
      int target = i * gathered.stride() + from;
      System.arraycopy(columns.normed.floats(), source, gathered.floats(), target, end - from);
    }
  }

  /** How many of the columns at an expert, from the first on, are multiplied in rounded form. */
  private int rounded(Matrix w, int first, int count) {
    int ofAll = math.rounded(w);
    int rounded = 0;
    while (rounded < count && routing.column(first + rounded) < ofAll) {
      rounded++;
    }
    return rounded;
  }

  private void multiply(
      Matrix w, Inputs x, int first, int count, float[] y, int yStride, int member, int size) {
    int rounded = rounded(w, first, count);
    if (rounded > 0) {
      matMul.rounded(w, x, 0, rounded, y, yStride, member, size);
    }
    if (rounded < count) {
      matMul.exact(w, x, rounded, count, y, yStride, member, size);
    }
  }

  private void add(Matrix down, int layer, int first, int count, int member, int size) {
    int row = matMul.firstRow(down, member, size);
    int rows = matMul.firstRow(down, member + 1, size) - row;
    for (int i = 0; i < count; i++) {
      int column = routing.column(first + i);
      if (!skipping.skips(layer, column)) {
        int at = i * columns.hiddenStride + row;
        float weight = routing.weight(first + i) * config.traits().residualScale();
        ColumnMath.multiply(columns.projected, at, rows, weight);
        int to = column * columns.hiddenStride + row;
        floats.add(columns.residual, to, columns.projected, at, rows);
      }
    }
  }
}
