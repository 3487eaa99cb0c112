package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import java.lang.foreign.MemorySegment;

/** Weights left as the file holds them, row after row of blocks, of which rows are looked up. */
public record RawBlocks(BlockFormat format, MemorySegment blocks, int rows, int cols) {
  /**
   * Decodes {@code count} weights of {@code row} from column {@code col} (both whole blocks) into
   * {@code out}.
   */
  public void decode(int row, int col, int count, float[] out, int outOffset) {
    long at = row * format.bytesFor(cols) + format.bytesFor(col);
    format.decode(blocks, at, out, outOffset, count);
  }
}
