package dev.lanewise.math.kernel;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.TileLayout;

/**
 * Products of one tile, in two kinds of arithmetic.
 *
 * <p>Rounded: the inputs have 8 bits. For each span of inputs that share a scale, an exact integer
 * product z is scaled and added: {@code sum = fma(scale, z dx, fma(minimum, dx sum(q), sum))}, in
 * the order of the spans. Kernels for one column and for several differ in how they come to the
 * exact products, so their results are equal bit for bit. Floating-point formats take F32 inputs.
 *
 * <p>Exact: F32 inputs, {@code sum = fma(weight, x, sum)} over the inputs in order.
 */
public interface ProductKernels {
  /** The tiles that these kernels read for weights of a format. */
  TileLayout layout(BlockFormat format);

  /**
   * Rounds blocks {@code first} to {@code end - 1} of a column of inputs to 8 bits.
   *
   * @param columns how many columns the products will have; kernels for many want them interleaved
   * @param length elements of the column; the last block is filled up with zeros
   */
  void round(Inputs x, int columns, int column, int first, int end, int length);

  /** Whether {@link #few} is faster than {@link #one} for several columns of this matrix. */
  boolean sharesColumns(Matrix w, int columns);

  /** Whether prompts are computed faster in rounded than in exact arithmetic. */
  boolean roundsPrompts(Matrix w);

  /**
   * Rounded product of one tile and one column; {@code y[yOffset + r]} for all rows r of the tile.
   */
  void one(
      Matrix w, int tile, Inputs x, int column, float[] y, int yOffset, ProductScratch scratch);

  /**
   * Rounded product of one tile, inputs {@code k} to {@code endK - 1}, and columns {@code first} to
   * {@code end - 1}; {@code y[yOffset + (c - first) yStride + r]} is set if k is 0, else added to.
   * Only where {@link #sharesColumns} says so.
   *
   * @param k a multiple of {@link ProductScratch#PANEL_DEPTH}
   * @param endK the same, or the number of inputs
   */
  void few(
      Matrix w,
      int tile,
      int k,
      int endK,
      Inputs x,
      int first,
      int end,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch);

  /** Whether there is {@link #skipping} for matrices of a layout. */
  boolean skips(TileLayout layout);

  /**
   * As {@link #one} for some tiles, with the same results, but reads only the inputs that are not
   * zero.
   *
   * @param y the rows of these tiles, from 0 on
   */
  void skipping(
      InputMajor w,
      int firstTile,
      int endTile,
      Inputs x,
      int column,
      float[] y,
      ProductScratch scratch);

  /** As {@link #few}, in exact arithmetic and for all layouts. */
  void exact(
      Matrix w,
      int tile,
      int k,
      int endK,
      Inputs x,
      int first,
      int end,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch);

  /**
   * The weights of all rows of a tile for some inputs, in F32: that of row r for input {@code
   * inputs[i]} at {@code out[(i - first) tileRows + r]}. Inputs in ascending order are decoded
   * fastest. Not for floating-point formats.
   */
  void decode(
      Matrix w, int tile, int[] inputs, int first, int end, float[] out, ProductScratch scratch);
}
