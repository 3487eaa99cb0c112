package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Weights {@code [rows, cols]} in the layout that the kernels of their format read. */
public sealed interface Matrix permits NibbleTiles, ByteTiles, RawBlocks {
  /** The length of an output vector. */
  int rows();

  /** The length of an input vector. */
  int cols();

  /** The format of the weights in the file. */
  BlockFormat format();

  /** Bytes read for one product. */
  long bytes();

  /**
   * Packs the weights of one tensor. Q4_0, Q4_1 and Q8_0 are copied into tiles that live in {@code
   * arena}; other formats stay where they are.
   *
   * @param blocks the tensor as the file holds it: {@code rows} rows of whole blocks
   * @param scale a factor of all weights that the blocks do not hold, 1 for most formats
   * @param shortLanes 16-bit lanes of the kernels that will read the tiles
   * @throws IllegalArgumentException if {@code blocks} is not as long as the shape and format say,
   *     or {@code scale} is not 1 and the layout has no place for it
   */
  static Matrix pack(
      BlockFormat format,
      MemorySegment blocks,
      int rows,
      int cols,
      float scale,
      int shortLanes,
      Arena arena,
      ThreadTeam team) {
    long expected = Math.multiplyExact(format.bytesFor(cols), (long) rows);
    if (blocks.byteSize() != expected) {
      throw new IllegalArgumentException(
          "a %s matrix [%d, %d] has %d bytes, not %d"
              .formatted(format, rows, cols, expected, blocks.byteSize()));
    }
    if (scale != 1 && format != BlockFormat.NVFP4) {
      throw new IllegalArgumentException(
          format + " has no scale of the whole tensor, not " + scale);
    }
    return switch (format) {
      case Q4_0, Q4_1 -> NibbleTiles.pack(format, blocks, rows, cols, shortLanes, arena, team);
      case Q8_0 -> ByteTiles.pack(blocks, rows, cols, shortLanes, arena, team);
      default -> new RawBlocks(format, blocks, rows, cols, scale);
    };
  }
}
