package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Weights {@code [rows, cols]} packed in tiles. Rows of the last tile beyond {@code rows} are zero.
 *
 * @param format the format the weights were packed from
 * @param factor multiplies every weight; 1 but for NVFP4
 * @param tiles the tiles one after the other, 64-byte aligned
 */
public record Matrix(
    BlockFormat format, TileLayout layout, int rows, int cols, float factor, MemorySegment tiles) {

  /** A matrix to be filled, in zeroed memory of {@code arena}. */
  public static Matrix allocate(
      BlockFormat format, TileLayout layout, int rows, int cols, float factor, Arena arena) {
    MemorySegment tiles = LargePages.allocate(bytes(layout, rows, cols), arena);
    return new Matrix(format, layout, rows, cols, factor, tiles);
  }

  /** The number of tiles. */
  public int tileCount() {
    return tileCount(layout, rows);
  }

  /** Byte offset of a tile. */
  public long tile(int index) {
    return index * layout.tileBytes(cols);
  }

  /** Byte offset of the group of input {@code k} of a tile. */
  public long group(int tile, int k) {
    return tile(tile) + (long) (k / layout.scales().group()) * layout.groupBytes();
  }

  /** Bytes read for one product. */
  public long bytes() {
    return tiles.byteSize();
  }

  /** The same matrix with its tiles elsewhere. */
  public Matrix at(MemorySegment tiles) {
    return new Matrix(format, layout, rows, cols, factor, tiles);
  }

  /** Bytes that the tiles of a matrix take. */
  public static long bytes(TileLayout layout, int rows, int cols) {
    return Math.multiplyExact(layout.tileBytes(cols), (long) tileCount(layout, rows));
  }

  private static int tileCount(TileLayout layout, int rows) {
    return (rows + layout.tileRows() - 1) / layout.tileRows();
  }
}
