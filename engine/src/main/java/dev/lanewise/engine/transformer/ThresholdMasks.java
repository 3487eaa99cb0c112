package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.LayerThresholds;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;
import java.util.Arrays;

/**
 * Applies the thresholds of columns as masks: what is below one becomes 0, and is multiplied like
 * the rest. This saves nothing; it defines what leaving out gives.
 *
 * <p>Inputs are masked before they are rounded to 8 bits, so a block keeps its scale unless its
 * largest input is left out. The first {@link Thresholds#SINKS} positions of a sequence are left as
 * they are.
 */
final class ThresholdMasks {
  private final ModelConfig config;
  private final FloatKernels floats;
  private final ThreadTeam team;
  private final Columns columns;
  private final ColumnMath math;
  private final MatMul matMul;
  private final float[] ones;
  private final float[] zeros;
  private boolean active;

  /** A copy of {@link Columns#normed} for one matrix; made when it is first needed. */
  private Inputs masked = new Inputs(0, 0);

  /** The same of a single column for each member, who masks all of it by itself. */
  private Inputs[] maskedAlone = {};

  ThresholdMasks(
      ModelConfig config,
      FloatKernels floats,
      ThreadTeam team,
      Columns columns,
      ColumnMath math,
      MatMul matMul) {
    this.config = config;
    this.floats = floats;
    this.team = team;
    this.columns = columns;
    this.math = math;
    this.matMul = matMul;
    ones = new float[config.ffnHidden()];
    Arrays.fill(ones, 1);
    zeros = new float[config.ffnHidden()];
  }

  /** Looks for columns that have thresholds; called once, before the run. */
  void plan() {
    active = false;
    for (int c = 0; c < columns.count; c++) {
      active |= hasThresholds(c);
    }
    if (active && masked.floats().length == 0) {
      masked = new Inputs(Transformer.CHUNK, config.hidden());
      maskedAlone = new Inputs[team.size()];
      Arrays.setAll(maskedAlone, member -> new Inputs(1, config.hidden()));
    }
  }

  /** Whether any column has thresholds. */
  boolean areActive() {
    return active;
  }

  private boolean hasThresholds(int column) {
    return columns.sparsity[column] instanceof Thresholds
        && columns.positions[column] >= Thresholds.SINKS;
  }

  private LayerThresholds thresholds(int column, int layer) {
    return ((Thresholds) columns.sparsity[column]).layers().get(layer);
  }

  private float threshold(int column, int layer, Projection projection) {
    return hasThresholds(column) ? thresholds(column, layer).of(projection) : 0;
  }

  private boolean apply(int layer, Projection projection) {
    if (active) {
      for (int c = 0; c < columns.count; c++) {
        if (threshold(c, layer, projection) > 0) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * The inputs for a matrix that {@link Columns#normed} is multiplied with: those, or a masked copy
   * that is overwritten by the next.
   */
  Inputs normed(Projection projection, Matrix w, int layer, int member, int size) {
    if (!apply(layer, projection)) {
      return columns.normed;
    }
    if (columns.isOneStep()) {
      return normedAlone(threshold(0, layer, projection), w, maskedAlone[member]);
    }
    team.barrier();
    int hidden = config.hidden();
    int from = ThreadTeam.share(hidden, member, size);
    int end = ThreadTeam.share(hidden, member + 1, size);
    for (int c = 0; c < columns.count; c++) {
      int at = c * masked.stride() + from;
      System.arraycopy(columns.normed.floats(), at, masked.floats(), at, end - from);
      floats.zeroBelow(masked.floats(), at, end - from, threshold(c, layer, projection));
    }
    team.barrier();
    if (math.rounded(w) > 0) {
      math.round(masked, math.rounded(w), hidden, member, size);
      team.barrier();
    }
    return masked;
  }

  /** Of a single column: that takes less time than to wait for each other. */
  private Inputs normedAlone(float threshold, Matrix w, Inputs alone) {
    int hidden = config.hidden();
    System.arraycopy(columns.normed.floats(), 0, alone.floats(), 0, hidden);
    floats.zeroBelow(alone.floats(), 0, hidden, threshold);
    if (math.rounded(w) > 0) {
      matMul.round(alone, 1, 0, 0, ColumnMath.blocks(hidden), hidden);
    }
    return alone;
  }

  /**
   * Masks the inputs of a matrix where they are. What comes next is {@link ColumnMath#round}, if
   * the matrix wants it; else this ends with a barrier.
   */
  void mask(Projection projection, Matrix w, Inputs x, int layer, int member, int size) {
    if (!apply(layer, projection)) {
      return;
    }
    int length = w.cols();
    if (columns.isOneStep() && math.rounded(w) > 0) {
      // A member rounds the blocks that it has masked, so there is nothing to wait for.
      int blocks = ColumnMath.blocks(length);
      int first = ThreadTeam.share(blocks, member, size) * ColumnMath.BLOCK;
      int last = Math.min(ThreadTeam.share(blocks, member + 1, size) * ColumnMath.BLOCK, length);
      floats.zeroBelow(x.floats(), first, last - first, threshold(0, layer, projection));
      return;
    }
    int from = ThreadTeam.share(length, member, size);
    int end = ThreadTeam.share(length, member + 1, size);
    for (int c = 0; c < columns.count; c++) {
      floats.zeroBelow(
          x.floats(), c * x.stride() + from, end - from, threshold(c, layer, projection));
    }
    team.barrier();
  }

  /** Makes silu(gate) of the gates of some neurons. */
  void silu(int first, int count) {
    for (int c = 0; c < columns.count; c++) {
      int at = c * columns.inner.stride() + first;
      floats.siluTimes(columns.inner.floats(), at, ones, 0, count);
    }
  }

  /** Multiplies silu(gate) of some neurons by {@code up}; with 0 if it is below the threshold. */
  void timesUp(int first, int count, int layer) {
    float[] silu = columns.inner.floats();
    for (int c = 0; c < columns.count; c++) {
      int at = c * columns.inner.stride() + first;
      floats.timesUnlessBelow(silu, at, columns.up, at, neurons(c, layer), first, count);
    }
  }

  private float[] neurons(int column, int layer) {
    if (hasThresholds(column) && thresholds(column, layer).neurons().length > 0) {
      return thresholds(column, layer).neurons();
    }
    return zeros;
  }
}
