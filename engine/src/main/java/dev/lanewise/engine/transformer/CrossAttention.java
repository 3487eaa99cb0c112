package dev.lanewise.engine.transformer;

import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.thread.ThreadTeam;
import java.util.List;

/**
 * The part of a decoder's block that attends to what the encoder found, added to the residual. Keys
 * and values are in the cache already: see {@link Encoder}.
 */
final class CrossAttention {
  private static final float[] NO_SINKS = {};

  private final List<CrossWeights> layers;
  private final Attention attention;
  private final Columns columns;
  private final ColumnMath math;
  private final ThreadTeam team;
  private final int queryDim;

  /**
   * Of these layers.
   *
   * @param attention with the reach {@link Reach#ENCODED}
   */
  CrossAttention(
      List<CrossWeights> layers,
      Attention attention,
      Columns columns,
      ColumnMath math,
      ThreadTeam team,
      int queryDim) {
    this.layers = layers;
    this.attention = attention;
    this.columns = columns;
    this.math = math;
    this.team = team;
    this.queryDim = queryDim;
  }

  /** Prepares for the columns of a pass; called once, before the run. */
  void plan() {
    for (int c = 0; c < columns.count; c++) {
      if (columns.caches[c].encoded().length() == 0) {
        throw new IllegalStateException("a sequence has no text that the encoder has read");
      }
    }
    attention.plan(columns);
  }

  /** The share of a member, with barriers between its phases and at the end. */
  void compute(int layer, int member, int size) {
    CrossWeights w = layers.get(layer);
    math.norm(w.norm(), math.rounded(w.query()), member, size);
    attention.restart(member);
    team.barrier();
    math.multiply(w.query(), columns.normed, columns.query, columns.queryStride, member, size);
    team.barrier();
    attention.attend(NO_SINKS, layer, member);
    team.barrier();
    Inputs attended = columns.attended;
    int rounded = math.rounded(w.output());
    if (rounded > 0) {
      math.round(attended, rounded, queryDim, member, size);
      team.barrier();
    }
    math.multiply(w.output(), attended, columns.projected, columns.hiddenStride, member, size);
    for (int c = 0; c < columns.count; c++) {
      math.addProjected(w.output(), NormWeights.NONE, c, member, size);
    }
    team.barrier();
  }
}
