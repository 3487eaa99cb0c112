package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.ScaleSearch;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Weights as a file holds them, row after row of blocks.
 *
 * @param scale a factor of all weights that the blocks do not hold: NVFP4's scale of a tensor; else
 *     1
 */
public record RawBlocks(BlockFormat format, MemorySegment blocks, int rows, int cols, float scale) {
  /** Weights that are what their blocks say. */
  public RawBlocks(BlockFormat format, MemorySegment blocks, int rows, int cols) {
    this(format, blocks, rows, cols, 1);
  }

  /**
   * Decodes {@code count} weights of {@code row} from column {@code col} (both whole blocks) into
   * {@code out}.
   */
  public void decode(int row, int col, int count, float[] out, int outOffset) {
    long at = row * format.bytesFor(cols) + format.bytesFor(col);
    format.decode(blocks, at, out, outOffset, count);
    if (scale != 1) {
      for (int i = outOffset; i < outOffset + count; i++) {
        out[i] *= scale;
      }
    }
  }

  /**
   * The weights in another format, in memory that lives as long as {@code arena}. For NVFP4 they
   * get a scale of the tensor.
   *
   * @throws IllegalArgumentException if a row does not fill whole blocks of {@code target}, or a
   *     weight, named by row and column, is not finite or too large for it
   */
  public RawBlocks convert(BlockFormat target, Arena arena, ThreadTeam team) {
    return convert(target, ScaleSearch.USUAL, arena, team);
  }

  /**
   * As {@link #convert(BlockFormat, Arena, ThreadTeam)}, with scales chosen as asked for. A wide
   * search tries several scales of the tensor for NVFP4, too.
   *
   * @param search its importance has an element for each column, where it has one
   */
  public RawBlocks convert(BlockFormat target, ScaleSearch search, Arena arena, ThreadTeam team) {
    return Requantizer.requantize(this, target, search, arena, team);
  }
}
