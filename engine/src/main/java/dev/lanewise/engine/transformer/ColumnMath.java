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
   * The residual of all columns, normed if there is a weight, to {@link Columns#normed}; the first
   * {@code rounded} of them rounded too.
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
    if (weight.length == 0) {
      int to = normedColumn * normed.stride() + from;
      int count = Math.min(end * BLOCK, hidden) - from;
      System.arraycopy(columns.residual, residual + from, normed.floats(), to, count);
      return;
    }
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

  /**
   * Adds a product that is in {@link Columns#projected} to the residual of a column: the rows that
   * the member computed; or normed, all members being there.
   *
   * @param norm weight of the norm; empty for none
   */
  void addProjected(Matrix w, float[] norm, int column, int member, int size) {
    if (norm.length > 0) {
      addNormed(norm, column, member, size);
      return;
    }
    int first = matMul.firstRow(w, member, size);
    int rows = matMul.firstRow(w, member + 1, size) - first;
    int at = column * columns.hiddenStride + first;
    float scale = config.traits().residualScale();
    if (scale != 1) {
      multiply(columns.projected, at, rows, scale);
    }
    floats.add(columns.residual, at, columns.projected, at, rows);
  }

  /** Through {@link Columns#normed}, which nobody reads now. */
  private void addNormed(float[] norm, int column, int member, int size) {
    int hidden = config.hidden();
    int first = ThreadTeam.share(hidden, member, size);
    int count = ThreadTeam.share(hidden, member + 1, size) - first;
    int from = column * columns.hiddenStride;
    int to = column * columns.normed.stride() + first;
    float factor = floats.inverseRms(columns.projected, from, hidden, config.normEpsilon());
    floats.scale(
        columns.projected, from + first, factor, norm, first, columns.normed.floats(), to, count);
    floats.add(columns.residual, from + first, columns.normed.floats(), to, count);
  }

  /** Adds biases to the rows of a product with all columns that the member computed. */
  void addBias(
      Matrix w, float[] bias, int biasOffset, float[] y, int yStride, int member, int size) {
    addBias(w, bias, biasOffset, y, yStride, columns.count, member, size);
  }

  /** As above, for the first columns. */
  void addBias(
      Matrix w,
      float[] bias,
      int biasOffset,
      float[] y,
      int yStride,
      int count,
      int member,
      int size) {
    int first = matMul.firstRow(w, member, size);
    int rows = matMul.firstRow(w, member + 1, size) - first;
    for (int c = 0; c < count; c++) {
      floats.add(y, c * yStride + first, bias, biasOffset + first, rows);
    }
  }

  /** {@code x = x factor}. */
  static void multiply(float[] x, int offset, int n, float factor) {
    for (int i = offset; i < offset + n; i++) {
      x[i] *= factor;
    }
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
