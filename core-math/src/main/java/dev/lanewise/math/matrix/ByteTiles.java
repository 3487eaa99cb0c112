package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Q8_0 weights in k-major tiles. With L 16-bit lanes a tile is 2 L output rows; for each block of
 * 32 inputs it holds 32 units of 2 L bytes, one for each input k, then the F32 scales of the rows.
 *
 * <p>A unit is L 16-bit lanes of two bytes, each a weight plus 128: byte j of lane l belongs to row
 * {@code L j + l / 2 + (l % 2) L / 2} of the tile. Offset bytes are taken apart by AND and shift,
 * which run on more ports than the widening of signed bytes; the kernel subtracts the offset
 * through its start value. Padding rows have scale zero.
 */
public final class ByteTiles implements Matrix {
  /** Inputs that share a scale. */
  public static final int BLOCK = 32;

  private static final ValueLayout.OfShort FILE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int rows;
  private final int cols;
  private final int shortLanes;
  private final MemorySegment tiles;

  private ByteTiles(int rows, int cols, int shortLanes, MemorySegment tiles) {
    this.rows = rows;
    this.cols = cols;
    this.shortLanes = shortLanes;
    this.tiles = tiles;
  }

  static ByteTiles pack(
      MemorySegment blocks, int rows, int cols, int shortLanes, Arena arena, ThreadTeam team) {
    ByteTiles shape = new ByteTiles(rows, cols, shortLanes, MemorySegment.NULL);
    MemorySegment tiles = arena.allocate(shape.tileBytes() * shape.tileCount(), 64);
    ByteTiles packed = new ByteTiles(rows, cols, shortLanes, tiles);
    team.run(
        (member, size) -> {
          int end = ThreadTeam.share(packed.tileCount(), member + 1, size);
          for (int t = ThreadTeam.share(packed.tileCount(), member, size); t < end; t++) {
            packed.fill(t, blocks);
          }
        });
    return packed;
  }

  /** Copies the rows of one tile from the file's blocks. */
  private void fill(int tile, MemorySegment blocks) {
    int blocksPerRow = cols / BLOCK;
    for (int r = 0; r < tileRows() && tile * tileRows() + r < rows; r++) {
      int within = r % shortLanes;
      int lane = within < shortLanes / 2 ? 2 * within : 2 * within - shortLanes + 1;
      long byteInUnit = 2L * lane + r / shortLanes;
      for (int b = 0; b < blocksPerRow; b++) {
        long from =
            ((long) (tile * tileRows() + r) * blocksPerRow + b) * BlockFormat.Q8_0.blockBytes();
        long to = tile * tileBytes() + b * blockBytes();
        for (int k = 0; k < BLOCK; k++) {
          int q = blocks.get(ValueLayout.JAVA_BYTE, from + 2 + k) ^ 0x80;
          tiles.set(ValueLayout.JAVA_BYTE, to + (long) k * unitBytes() + byteInUnit, (byte) q);
        }
        float d = Float.float16ToFloat(blocks.get(FILE_SHORT, from));
        tiles.set(FLOAT, to + scalesOffset() + 4L * r, d);
      }
    }
  }

  /** The tiles, 64-byte aligned. */
  public MemorySegment tiles() {
    return tiles;
  }

  /** The number of tiles; the last one may hold rows beyond {@link #rows()}. */
  public int tileCount() {
    return (rows + tileRows() - 1) / tileRows();
  }

  /** Output rows of a tile. */
  public int tileRows() {
    return 2 * shortLanes;
  }

  /** Bytes of the weights of one input. */
  public int unitBytes() {
    return 2 * shortLanes;
  }

  /** Bytes from the start of a block to its scales. */
  public int scalesOffset() {
    return BLOCK * unitBytes();
  }

  /** Bytes of one block of 32 inputs of one tile. */
  public long blockBytes() {
    return scalesOffset() + 4L * tileRows();
  }

  /** Bytes of one tile. */
  public long tileBytes() {
    return blockBytes() * (cols / BLOCK);
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int cols() {
    return cols;
  }

  @Override
  public BlockFormat format() {
    return BlockFormat.Q8_0;
  }

  @Override
  public long bytes() {
    return tiles.byteSize();
  }
}
