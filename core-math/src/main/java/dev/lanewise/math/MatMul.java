package dev.lanewise.math;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.ProductKernels;
import dev.lanewise.math.kernel.ProductScratch;
import dev.lanewise.math.matrix.ByteTiles;
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
    return pack(format, blocks, rows, cols, arena, 1);
  }

  /**
   * Packs a tensor whose weights are {@code scale} times what its blocks say, as NVFP4's may be.
   *
   * @see Matrix#pack
   */
  public Matrix pack(
      BlockFormat format, MemorySegment blocks, int rows, int cols, Arena arena, float scale) {
    return Matrix.pack(format, blocks, rows, cols, scale, kernels.shortLanes(), arena, team);
  }

  /**
   * Converts a tensor to another format and packs it. The converted blocks are freed when they are
   * packed; nothing is converted if the tensor has the format already.
   *
   * @throws IllegalArgumentException if a row does not fill whole blocks of {@code target}, or a
   *     weight, named by row and column, is not finite or too large for it
   * @throws UnsupportedOperationException if weights cannot be converted to the format
   */
  public Matrix packAs(BlockFormat target, RawBlocks source, Arena arena) {
    if (source.format() == target) {
      return pack(target, source.blocks(), source.rows(), source.cols(), arena, source.scale());
    }
    try (Arena conversion = Arena.ofShared()) {
      RawBlocks converted = source.convert(target, conversion, team);
      Matrix packed =
          pack(
              target,
              converted.blocks(),
              converted.rows(),
              converted.cols(),
              arena,
              converted.scale());
      return packed instanceof RawBlocks raw ? raw.copyTo(arena) : packed;
    }
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

  private static void checkLength(String what, int needed, int actual) {
    if (actual < needed) {
      throw new IllegalArgumentException(
          "the " + what + " has " + actual + " elements, " + needed + " are needed");
    }
  }
}
