package dev.lanewise.math.kernel;

/**
 * How the F32 rows of a decoded tile stand in a panel: strips of {@link #ROWS} rows, k-major, one
 * after the other, so that the kernel reads each strip as one stream.
 *
 * @param depth inputs of the panel
 */
record Strips(int depth) {
  /** Rows that the F32 kernel computes together: two of its vectors. */
  static final int ROWS = PanelKernel.ROWS;

  /** Where the weight of a row of the tile for input {@code k} is. */
  int at(int row, int k) {
    return (row / ROWS * depth + k) * ROWS + row % ROWS;
  }
}
