package dev.lanewise.engine.transformer;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;

/**
 * The gated feed-forward part of a block: {@code down (silu(gate x) * up x)}, added to the
 * residual.
 */
final class FeedForward {
  private final ModelConfig config;
  private final FloatKernels floats;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Columns columns;
  private final ColumnMath math;

  FeedForward(
      ModelConfig config,
      FloatKernels floats,
      MatMul matMul,
      ThreadTeam team,
      Columns columns,
      ColumnMath math) {
    this.config = config;
    this.floats = floats;
    this.matMul = matMul;
    this.team = team;
    this.columns = columns;
    this.math = math;
  }

  /** The share of a member, with barriers between its phases and at the end. */
  void compute(LayerWeights w, int member, int size) {
    math.norm(w.ffnNorm(), Math.max(math.rounded(w.gate()), math.rounded(w.up())), member, size);
    team.barrier();
    float[] gate = columns.inner.floats();
    int stride = columns.inner.stride();
    math.multiply(w.gate(), columns.normed, gate, stride, member, size);
    math.multiply(w.up(), columns.normed, columns.up, stride, member, size);
    if (!math.areSharedAlike(w.gate(), w.up(), size)) {
      team.barrier();
    }
    int first = matMul.firstRow(w.gate(), member, size);
    int rows = matMul.firstRow(w.gate(), member + 1, size) - first;
    for (int c = 0; c < columns.count; c++) {
      floats.siluTimes(gate, columns.up, c * stride + first, rows);
    }
    team.barrier();
    if (math.rounded(w.down()) > 0) {
      math.round(columns.inner, math.rounded(w.down()), config.ffnHidden(), member, size);
      team.barrier();
    }
    math.addProduct(w.down(), columns.inner, member, size);
    team.barrier();
  }
}
