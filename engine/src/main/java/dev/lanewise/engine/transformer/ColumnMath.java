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
  void norm(NormWeights weights, int rounded, int member, int size) {
    int hidden = config.hidden();
    int blocks = blocks(hidden);
    int units = columns.count * blocks;
    int unit = ThreadTeam.share(units, member, size);
    int end = ThreadTeam.share(units, member + 1, size);
    while (unit < end) {
      int column = unit / blocks;
      int block = unit % blocks;
      int endBlock = Math.min(blocks, block + end - unit);
      norm(weights, column, column, block, endBlock);
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
  void norm(NormWeights weights, int column, int normedColumn, int first, int end) {
    int hidden = config.hidden();
    int from = first * BLOCK;
    int residual = column * columns.hiddenStride;
    Inputs normed = columns.normed;
    int to = normedColumn * normed.stride() + from;
    int count = Math.min(end * BLOCK, hidden) - from;
    if (weights.exists()) {
      norm(weights, columns.residual, residual, from, count, normed.floats(), to);
    } else {
      System.arraycopy(columns.residual, residual + from, normed.floats(), to, count);
    }
  }

  /**
   * Elements of a vector, normed.
   *
   * @param vector where the vector of {@code hidden} elements begins in {@code x}
   * @param first the first of the elements, and {@code count} how many
   */
  private void norm(
      NormWeights weights, float[] x, int vector, int first, int count, float[] out, int to) {
    int hidden = config.hidden();
    float epsilon = config.normEpsilon();
    float[] weight = weights.weight();
    int from = vector + first;
    switch (config.traits().norm()) {
      case RMS -> {
        float factor = floats.inverseRms(x, vector, hidden, epsilon);
        floats.scale(x, from, factor, weight, first, out, to, count);
      }
      case LAYER -> {
        float mean = floats.mean(x, vector, hidden);
        float factor = floats.inverseDeviation(x, vector, hidden, mean, epsilon);
        float[] bias = weights.bias();
        floats.standardize(x, from, mean, factor, weight, bias, first, out, to, count);
      }
    }
  }

  /** The residual of the member's share of columns, normed in its place. */
  void normResidual(NormWeights weights, int member, int size) {
    int end = ThreadTeam.share(columns.count, member + 1, size);
    for (int c = ThreadTeam.share(columns.count, member, size); c < end; c++) {
      int at = c * columns.hiddenStride;
      norm(weights, columns.residual, at, 0, config.hidden(), columns.residual, at);
    }
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
   * @param norm {@link NormWeights#NONE} for none
   */
  void addProjected(Matrix w, NormWeights norm, int column, int member, int size) {
    if (norm.exists()) {
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
  private void addNormed(NormWeights norm, int column, int member, int size) {
    int hidden = config.hidden();
    int first = ThreadTeam.share(hidden, member, size);
    int count = ThreadTeam.share(hidden, member + 1, size) - first;
    int from = column * columns.hiddenStride;
    int to = column * columns.normed.stride() + first;
    norm(norm, columns.projected, from, first, count, columns.normed.floats(), to);
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
