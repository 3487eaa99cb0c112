package dev.lanewise.math.kernel;

import dev.lanewise.math.matrix.CodeMoves;
import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.MemorySegment;

/** What brings parts of packed matrices together in others. */
public interface GatherKernels {
  /** Moves codes of {@code spans} successive spans into units that have zeros in their places. */
  void move(
      CodeMoves moves, MemorySegment source, long from, MemorySegment target, long to, int spans);

  /**
   * The largest magnitude of each row of a block.
   *
   * @param weights that of row r for the i-th of 32 inputs at {@code first + i stride + r}
   * @param largest an element for each row
   */
  void largest(float[] weights, int first, int stride, float[] largest);

  /**
   * Encodes a block of 32 inputs of all rows of a tile as Q8_0 or MXFP4, to units at {@code at} in
   * {@code to}.
   *
   * @param weights as in {@link #largest}
   * @param inverses the factor of each row that brings its weights to codes
   */
  void encode(float[] weights, int first, int stride, float[] inverses, Matrix to, long at);
}
