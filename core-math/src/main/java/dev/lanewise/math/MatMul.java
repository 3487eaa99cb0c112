package dev.lanewise.math;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.ProductKernels;
import dev.lanewise.math.kernel.ProductScratch;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.TilePacker;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Products of packed matrices, split over a thread team by output rows: each method computes the
 * rows of one member and is called by every member of a run. A row is always computed by one thread
 * in one order, so results do not depend on the size of the team, nor on how many columns are
 * computed together. A product allocates nothing once its scratch memory has grown.
 *
 * <p>There are two kinds of arithmetic, see {@link ProductKernels}: {@link #rounded}, for decode
 * steps and for prompts where {@link #roundsPrompts} says that it is faster, and {@link #exact}
 * with F32 inputs.
 */
public final class MatMul {
  /**
   * Up to this many columns a tile is read from end to end, as memory likes best: their inputs stay
   * in the cache all the same.
   */
  private static final int MOST_WHOLE_TILE_COLUMNS = 32;

  private final ProductKernels kernels;
  private final ThreadTeam team;
  private final ProductScratch[] scratch;

  /** Products by these kernels on this team. */
  public MatMul(Kernels kernels, ThreadTeam team) {
    this.kernels = kernels.products();
    this.team = team;
    scratch = new ProductScratch[team.size()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new ProductScratch();
    }
  }

  /** The layout that weights of a format are packed in. */
  public TileLayout layout(BlockFormat format) {
    return kernels.layout(format);
  }

  /**
   * Packs a tensor for these kernels, on the whole team.
   *
   * @throws IllegalArgumentException if the blocks are not as long as shape and format say, or hold
   *     a number that is not finite
   * @see TilePacker#pack
   */
  public Matrix pack(BlockFormat format, MemorySegment blocks, int rows, int cols, Arena arena) {
    return pack(format, blocks, rows, cols, 1, arena);
  }

  /** As {@link #pack}, with a factor for all weights, which only NVFP4 has. */
  public Matrix pack(
      BlockFormat format, MemorySegment blocks, int rows, int cols, float factor, Arena arena) {
    if (factor != 1 && format != BlockFormat.NVFP4) {
      throw new IllegalArgumentException(format + " has no factor for all weights");
    }
    return TilePacker.pack(format, kernels.layout(format), blocks, rows, cols, factor, arena, team);
  }

  /**
   * Converts a tensor to another format and packs it. The converted blocks are freed when they are
   * packed; nothing is converted if the tensor has the format already.
   *
   * @throws IllegalArgumentException if a row does not fill whole blocks of {@code target}, or a
   *     weight, named by row and column, is not finite or too large for it
   */
  public Matrix packAs(BlockFormat target, RawBlocks source, Arena arena) {
    if (source.format() == target) {
      return pack(source, arena);
    }
    try (Arena conversion = Arena.ofShared()) {
      return pack(source.convert(target, conversion, team), arena);
    }
  }

  private Matrix pack(RawBlocks source, Arena arena) {
    return pack(
        source.format(), source.blocks(), source.rows(), source.cols(), source.scale(), arena);
  }

  /**
   * A second copy of a matrix for {@link #skipping}, or empty if these kernels have none for its
   * layout.
   */
  public Optional<InputMajor> inputMajor(Matrix w, Arena arena) {
    return kernels.skips(w.layout())
        ? Optional.of(InputMajor.of(w, arena, team))
        : Optional.empty();
  }

  /**
   * The same matrix in memory of {@code arena}, which packed weights are faster in than in a mapped
   * file: it has large pages where the system gives them.
   */
  public Matrix copy(Matrix w, Arena arena) {
    return TilePacker.copy(w, arena, team);
  }

  /** Whether prompts are multiplied faster by {@link #rounded} than by {@link #exact}. */
  public boolean roundsPrompts(Matrix w) {
    return kernels.roundsPrompts(w);
  }

  /**
   * Makes the 8-bit form of blocks {@code first} to {@code end - 1} of a column, which has {@code
   * length} elements, for products of {@code columns} columns. Different blocks may be rounded by
   * different members.
   */
  public void round(Inputs x, int columns, int column, int first, int end, int length) {
    kernels.round(x, columns, column, first, end, length);
  }

  /** The first output row that {@code member} computes; its rows end where the next one's begin. */
  public int firstRow(Matrix w, int member, int size) {
    return Math.min(w.rows(), firstTile(w, member, size) * w.layout().tileRows());
  }

  private static int firstTile(Matrix w, int member, int size) {
    return ThreadTeam.share(w.tileCount(), member, size);
  }

  /**
   * {@code y[c yStride + r] = sum over k of w[r, k] x[c, k]} for columns {@code first} to {@code
   * end - 1}, whose inputs are rounded (for floating-point formats, F32).
   */
  public void rounded(
      Matrix w, Inputs x, int first, int end, float[] y, int yStride, int member, int size) {
    int columns = end - first;
    if (columns > 1 && w.layout().units().wide()) {
      exact(w, x, first, end, y, yStride, member, size);
    } else if (columns > 1 && kernels.sharesColumns(w, columns)) {
      int depth = columns > MOST_WHOLE_TILE_COLUMNS ? ProductScratch.PANEL_DEPTH : w.cols();
      byDepth(w, false, depth, x, first, end, y, yStride, member, size);
    } else {
      int endTile = firstTile(w, member + 1, size);
      for (int tile = firstTile(w, member, size); tile < endTile; tile++) {
        oneByOne(w, tile, x, first, end, y, yStride, scratch[member]);
      }
    }
  }

  /** How many of the first {@code length} inputs of a column are not zero once rounded. */
  public int active(Inputs x, int column, int length) {
    int first = column * x.stride();
    int active = 0;
    for (int k = first; k < first + length; k++) {
      active += x.doubled()[k] != 0 ? 1 : 0;
    }
    return active;
  }

  /**
   * As {@link #rounded} for one column, with the same results, but reads only the inputs that are
   * not zero: worth it where that are few.
   */
  public void skipping(
      InputMajor w, Inputs x, int column, float[] y, int yStride, int member, int size) {
    int firstTile = firstTile(w.dense(), member, size);
    int endTile = firstTile(w.dense(), member + 1, size);
    int tileRows = w.dense().layout().tileRows();
    float[] tiles = scratch[member].tiles((endTile - firstTile) * tileRows);
    kernels.skipping(w, firstTile, endTile, x, column, tiles, scratch[member]);
    int first = firstRow(w.dense(), member, size);
    int rows = firstRow(w.dense(), member + 1, size) - first;
    System.arraycopy(tiles, 0, y, column * yStride + first, rows);
  }

  /** As {@link #rounded}, with F32 inputs. */
  public void exact(
      Matrix w, Inputs x, int first, int end, float[] y, int yStride, int member, int size) {
    byDepth(w, true, ProductScratch.PANEL_DEPTH, x, first, end, y, yStride, member, size);
  }

  /**
   * All tiles for {@code depth} of the inputs, then for the next ones: so the inputs of all columns
   * stay in the cache from tile to tile, 256 kB for 256 columns, where all of a column would not.
   */
  private void byDepth(
      Matrix w,
      boolean exact,
      int depth,
      Inputs x,
      int first,
      int end,
      float[] y,
      int yStride,
      int member,
      int size) {
    int endTile = firstTile(w, member + 1, size);
    for (int k = 0; k < w.cols(); k += depth) {
      int endK = Math.min(w.cols(), k + depth);
      for (int tile = firstTile(w, member, size); tile < endTile; tile++) {
        panels(w, exact, tile, k, endK, x, first, end, y, yStride, scratch[member]);
      }
    }
  }

  private void oneByOne(
      Matrix w,
      int tile,
      Inputs x,
      int first,
      int end,
      float[] y,
      int yStride,
      ProductScratch scratch) {
    int row = tile * w.layout().tileRows();
    boolean whole = row + w.layout().tileRows() <= w.rows();
    float[] partial = whole ? y : scratch.partial(1);
    for (int c = first; c < end; c++) {
      int at = c * yStride + row;
      kernels.one(w, tile, x, c, partial, whole ? at : 0, scratch);
      if (!whole) {
        System.arraycopy(partial, 0, y, at, w.rows() - row);
      }
    }
  }

  /**
   * One tile for inputs {@code k} to {@code endK - 1}. The sums of a tile that is only partly
   * within the matrix stay in the scratch memory until the last of its inputs.
   */
  private void panels(
      Matrix w,
      boolean exact,
      int tile,
      int k,
      int endK,
      Inputs x,
      int first,
      int end,
      float[] y,
      int yStride,
      ProductScratch scratch) {
    int rows = w.layout().tileRows();
    int row = tile * rows;
    boolean whole = row + rows <= w.rows();
    float[] out = whole ? y : scratch.partial(end - first);
    int offset = whole ? first * yStride + row : 0;
    int stride = whole ? yStride : rows;
    if (exact) {
      kernels.exact(w, tile, k, endK, x, first, end, out, offset, stride, scratch);
    } else {
      kernels.few(w, tile, k, endK, x, first, end, out, offset, stride, scratch);
    }
    if (!whole && endK == w.cols()) {
      for (int c = first; c < end; c++) {
        System.arraycopy(out, (c - first) * rows, y, c * yStride + row, w.rows() - row);
      }
    }
  }
}
