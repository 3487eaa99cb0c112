package dev.lanewise.math;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.ProductKernels;
import dev.lanewise.math.kernel.ProductScratch;
import dev.lanewise.math.matrix.ByteTiles;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Int8Vector;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.NibbleTiles;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products of packed matrices, split over a thread team by output rows. A row is always computed by
 * one thread in one order, so results do not depend on the size of the team, nor on how many
 * columns are computed together. One product at a time; a product allocates nothing once its
 * scratch memory has grown.
 */
public final class MatMul {
  private final ProductKernels kernels;
  private final ThreadTeam team;
  private final ProductScratch[] scratch;
  private final ThreadTeam.Task int8Share = this::int8Share;
  private final ThreadTeam.Task f32Share = this::f32Share;

  private final Matrix[] oneMatrix = new Matrix[1];
  private final float[][] oneOutput = new float[1][];
  private Matrix[] matrices;
  private Int8Vector int8Input;
  private float[][] outputs;
  private float[] input;
  private int columns;

  /** Products by these kernels on this team. */
  public MatMul(Kernels kernels, ThreadTeam team) {
    this.kernels = kernels.products();
    this.team = team;
    scratch = new ProductScratch[team.size()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new ProductScratch();
    }
  }

  /**
   * Packs a tensor for these kernels.
   *
   * @see Matrix#pack
   */
  public Matrix pack(BlockFormat format, MemorySegment blocks, int rows, int cols, Arena arena) {
    return Matrix.pack(format, blocks, rows, cols, kernels.shortLanes(), arena, team);
  }

  /**
   * {@code y[r] = sum over k of w[r, k] x[k]}, with x rounded to 8 bits where w's format has 8-bit
   * kernels.
   */
  public void int8(Matrix w, Int8Vector x, float[] y) {
    oneMatrix[0] = w;
    oneOutput[0] = y;
    int8(oneMatrix, x, oneOutput);
  }

  /** Several matrices times one input, in one dispatch to the team. */
  public void int8(Matrix[] ws, Int8Vector x, float[][] ys) {
    matrices = ws;
    int8Input = x;
    outputs = ys;
    for (Matrix w : ws) {
      checkLength("input", w.cols(), x.length());
    }
    team.run(int8Share);
  }

  private void int8Share(int member, int size) {
    for (int i = 0; i < matrices.length; i++) {
      float[] y = outputs[i];
      ProductScratch mine = scratch[member];
      switch (matrices[i]) {
        case NibbleTiles w -> {
          int tiles = w.tileCount();
          int first = ThreadTeam.share(tiles, member, size);
          kernels.multiply(w, int8Input, y, first, ThreadTeam.share(tiles, member + 1, size), mine);
        }
        case ByteTiles w -> {
          int tiles = w.tileCount();
          int first = ThreadTeam.share(tiles, member, size);
          kernels.multiply(w, int8Input, y, first, ThreadTeam.share(tiles, member + 1, size), mine);
        }
        case RawBlocks w -> {
          int first = ThreadTeam.share(w.rows(), member, size);
          int end = ThreadTeam.share(w.rows(), member + 1, size);
          kernels.multiply(w, int8Input, y, first, end, mine);
        }
      }
    }
  }

  /**
   * {@code y[c, r] = sum over k of w[r, k] x[c, k]} in F32.
   *
   * @param x {@code [columns, cols]}
   * @param y {@code [columns, rows]}
   */
  public void f32(Matrix w, float[] x, int columns, float[] y) {
    checkLength("input", Math.multiplyExact(columns, w.cols()), x.length);
    checkLength("output", Math.multiplyExact(columns, w.rows()), y.length);
    oneMatrix[0] = w;
    oneOutput[0] = y;
    input = x;
    this.columns = columns;
    team.run(f32Share);
  }

  private void f32Share(int member, int size) {
    int panelRows = kernels.panelRows();
    int panels = (oneMatrix[0].rows() + panelRows - 1) / panelRows;
    int end = ThreadTeam.share(panels, member + 1, size);
    for (int p = ThreadTeam.share(panels, member, size); p < end; p++) {
      panel(oneMatrix[0], p * panelRows, scratch[member]);
    }
  }

  /** The rows of one panel, for all columns. */
  private void panel(Matrix w, int row, ProductScratch scratch) {
    int panelRows = kernels.panelRows();
    boolean whole = row + panelRows <= w.rows();
    float[] y = whole ? oneOutput[0] : scratch.partial(columns * panelRows);
    int yOffset = whole ? row : 0;
    int yStride = whole ? w.rows() : panelRows;
    for (int col = 0; col < w.cols(); col += ProductScratch.PANEL_DEPTH) {
      int depth = Math.min(ProductScratch.PANEL_DEPTH, w.cols() - col);
      switch (w) {
        case NibbleTiles tiles -> kernels.decode(tiles, row, col, depth, scratch.panel);
        case ByteTiles tiles -> kernels.decode(tiles, row, col, depth, scratch.panel);
        case RawBlocks blocks -> kernels.decode(blocks, row, col, depth, scratch.panel);
      }
      kernels.multiplyPanel(
          scratch.panel, depth, input, col, w.cols(), columns, y, yOffset, yStride, col > 0);
    }
    if (!whole) {
      for (int c = 0; c < columns; c++) {
        System.arraycopy(y, c * panelRows, oneOutput[0], c * w.rows() + row, w.rows() - row);
      }
    }
  }

  /** First output row of a member's share. */
  public int firstRow(Matrix w, int member, int size) {
    int rows =
        switch (w) {
          case NibbleTiles tiles ->
              ThreadTeam.share(tiles.tileCount(), member, size) * 4 * kernels.shortLanes();
          case ByteTiles tiles ->
              ThreadTeam.share(tiles.tileCount(), member, size) * 2 * kernels.shortLanes();
          case RawBlocks blocks -> ThreadTeam.share(blocks.rows(), member, size);
        };
    return Math.min(rows, w.rows());
  }

  /** Whether {@link #prefill} needs the rounded inputs. */
  public boolean prefillRounds(Matrix w) {
    return false;
  }

  /** This member's rows of some decoding columns. */
  public void decode(
      Matrix w, Inputs x, int columns, float[] y, int yOffset, int yStride, int member, int size) {
    ProductScratch mine = scratch[member];
    float[] out = mine.partial(w.rows() + 64);
    int from = firstRow(w, member, size);
    int until = firstRow(w, member + 1, size);
    for (int c = 0; c < columns; c++) {
      Int8Vector column = x.column(c);
      switch (w) {
        case NibbleTiles t -> {
          int tiles = t.tileCount();
          int first = ThreadTeam.share(tiles, member, size);
          kernels.multiply(t, column, out, first, ThreadTeam.share(tiles, member + 1, size), mine);
        }
        case ByteTiles t -> {
          int tiles = t.tileCount();
          int first = ThreadTeam.share(tiles, member, size);
          kernels.multiply(t, column, out, first, ThreadTeam.share(tiles, member + 1, size), mine);
        }
        case RawBlocks t -> kernels.multiply(t, column, out, from, until, mine);
      }
      System.arraycopy(out, from, y, yOffset + c * yStride + from, until - from);
    }
  }

  /** This member's rows of many columns. */
  public void prefill(
      Matrix w, Inputs x, int columns, float[] y, int yOffset, int yStride, int member, int size) {
    exact(w, x, columns, y, yOffset, yStride, member, size);
  }

  /** This member's rows with F32 inputs. */
  public void exact(
      Matrix w, Inputs x, int columns, float[] y, int yOffset, int yStride, int member, int size) {
    int panelRows = kernels.panelRows();
    int from = firstRow(w, member, size);
    int until = firstRow(w, member + 1, size);
    ProductScratch mine = scratch[member];
    for (int row = from / panelRows * panelRows; row < until; row += panelRows) {
      float[] part = mine.partial(columns * panelRows);
      for (int col = 0; col < w.cols(); col += ProductScratch.PANEL_DEPTH) {
        int depth = Math.min(ProductScratch.PANEL_DEPTH, w.cols() - col);
        switch (w) {
          case NibbleTiles tiles -> kernels.decode(tiles, row, col, depth, mine.panel);
          case ByteTiles tiles -> kernels.decode(tiles, row, col, depth, mine.panel);
          case RawBlocks blocks -> kernels.decode(blocks, row, col, depth, mine.panel);
        }
        kernels.multiplyPanel(
            mine.panel, depth, x.floats(), col, x.stride(), columns, part, 0, panelRows, col > 0);
      }
      int start = Math.max(row, from);
      int end = Math.min(row + panelRows, until);
      for (int c = 0; c < columns; c++) {
        System.arraycopy(
            part, c * panelRows + start - row, y, yOffset + c * yStride + start, end - start);
      }
    }
  }

  private static void checkLength(String what, int needed, int actual) {
    if (actual < needed) {
      throw new IllegalArgumentException(
          "the " + what + " has " + actual + " elements, " + needed + " are needed");
    }
  }
}
