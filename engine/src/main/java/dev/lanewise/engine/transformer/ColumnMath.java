package dev.lanewise.engine.transformer;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;

/**
 * What all parts of a block do with the columns of a pass: norms, rounding and products. Each
 * method does the share of one member of the team.
 */
final class ColumnMath {
  static final int BLOCK = Inputs.BLOCK;

  private final ModelConfig config;
  private final FloatKernels floats;
  private final MatMul matMul;
  private final Columns columns;
  private final boolean int8;

  /**
   * Of these columns.
   *
   * @param int8 whether activations may be rounded to 8 bits
   */
  ColumnMath(
      ModelConfig config, FloatKernels floats, MatMul matMul, Columns columns, boolean int8) {
    this.config = config;
    this.floats = floats;
    this.matMul = matMul;
    this.columns = columns;
    this.int8 = int8;
  }

  /**
   * The residual of all columns, normed, to {@link Columns#normed}; the first {@code rounded} of
   * them rounded too.
   */
  void norm(float[] weight, int rounded, int member, int size) {
    int hidden = config.hidden();
    int blocks = blocks(hidden);
    int units = columns.count * blocks;
    int unit = ThreadTeam.share(units, member, size);
    int end = ThreadTeam.share(units, member + 1, size);
    while (unit < end) {
      int column = unit / blocks;
      int block = unit % blocks;
      int endBlock = Math.min(blocks, block + end - unit);
      norm(weight, column, column, block, endBlock);
      if (column < rounded) {
        matMul.round(columns.normed, rounded, column, block, endBlock, hidden);
      }
      unit += endBlock - block;
    }
  }

  /**
   * Blocks {@code first} to {@code end - 1} of the residual of a column, normed. Every member adds
   * up the squares of the columns it has a share of by itself: that takes less time than to wait
   * for each other.
   */
  void norm(float[] weight, int column, int normedColumn, int first, int end) {
    int hidden = config.hidden();
    int from = first * BLOCK;
    int residual = column * columns.hiddenStride;
    Inputs normed = columns.normed;
    floats.scale(
        columns.residual,
        residual + from,
        floats.inverseRms(columns.residual, residual, hidden, config.normEpsilon()),
        weight,
        from,
        normed.floats(),
        normedColumn * normed.stride() + from,
        Math.min(end * BLOCK, hidden) - from);
  }

  void round(Inputs x, int rounded, int length, int member, int size) {
    int blocks = blocks(length);
    int units = rounded * blocks;
    int unit = ThreadTeam.share(units, member, size);
    int end = ThreadTeam.share(units, member + 1, size);
    while (unit < end) {
      int block = unit % blocks;
      int endBlock = Math.min(blocks, block + end - unit);
      matMul.round(x, rounded, unit / blocks, block, endBlock, length);
      unit += endBlock - block;
    }
  }

  static int blocks(int length) {
    return (length + BLOCK - 1) / BLOCK;
  }

  /** Adds a product that is in {@link Columns#projected} to the residual of a column. */
  void addProjected(Matrix w, int column, int member, int size) {
    int first = matMul.firstRow(w, member, size);
    int rows = matMul.firstRow(w, member + 1, size) - first;
    int at = column * columns.hiddenStride + first;
    floats.add(columns.residual, at, columns.projected, at, rows);
  }

  void multiply(Matrix w, Inputs x, float[] y, int yStride, int member, int size) {
    int rounded = rounded(w);
    if (rounded > 0) {
      matMul.rounded(w, x, 0, rounded, y, yStride, member, size);
    }
    if (rounded < columns.count) {
      matMul.exact(w, x, rounded, columns.count, y, yStride, member, size);
    }
  }

  /** How many columns, from the first on, a matrix is multiplied with in rounded arithmetic. */
  int rounded(Matrix w) {
    if (!int8) {
      return 0;
    }
    return matMul.roundsPrompts(w) ? columns.count : columns.steps;
  }

  /** Whether each member computes the same rows of both; they may differ in format. */
  boolean areSharedAlike(Matrix a, Matrix b, int size) {
    for (int member = 1; member < size; member++) {
      if (matMul.firstRow(a, member, size) != matMul.firstRow(b, member, size)) {
        return false;
      }
    }
    return true;
  }
}
