package dev.lanewise.bench.calibrate;

import dev.lanewise.model.quantize.ImportanceMatrix;

/** The squares of the inputs of a matrix, or of each of a stack of them, added up by columns. */
final class SquareSums {
  private final int cols;

  /** {@code [matrices, cols]}. */
  private final double[] sums;

  /** How many vectors were added for each matrix. */
  private final long[] counts;

  SquareSums(int matrices, int cols) {
    this.cols = cols;
    sums = new double[Math.multiplyExact(matrices, cols)];
    counts = new long[matrices];
  }

  /** Adds a vector that a matrix gets. */
  void add(int matrix, float[] values, int from) {
    for (int i = 0; i < cols; i++) {
      sums[matrix * cols + i] += (double) values[from + i] * values[from + i];
    }
    counts[matrix]++;
  }

  ImportanceMatrix.Inputs inputs() {
    float[] rounded = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      rounded[i] = (float) sums[i];
    }
    float[] vectors = new float[counts.length];
    for (int i = 0; i < counts.length; i++) {
      vectors[i] = counts[i];
    }
    return new ImportanceMatrix.Inputs(rounded, vectors);
  }
}
