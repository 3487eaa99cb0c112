package dev.lanewise.math.kernel;

/**
 * How the F32 rows of a decoded tile stand in a panel: strips of {@link #ROWS} rows, k-major, one
 * after the other, so that the kernel reads each strip as one stream.
 */
final class Strips {
  /** Rows that the F32 kernel computes together: two of its vectors. */
  static final int ROWS = PanelKernel.ROWS;

  private Strips() {}

  /**
   * Where the weight of a row of the tile for input {@code k} is, in a panel of {@code depth}
   * inputs.
   */
  static int at(int row, int k, int depth) {
    return (row / ROWS * depth + k) * ROWS + row % ROWS;
  }
}
