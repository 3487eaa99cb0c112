package dev.lanewise.model.safetensors;

/**
 * Which of the scales of a row belongs to a column: that of runs of equal length, or any.
 *
 * @param run columns that stand together
 * @param listed the group of each column, in the place of runs; null for runs
 */
record ColumnGroups(int run, int[] listed) {
  int of(int col) {
    return listed == null ? col / run : listed[col];
  }

  /** Whether the columns of any block of some length are of one group. */
  boolean fill(int block, long cols) {
    return listed == null && (run % block == 0 || run >= cols);
  }
}
