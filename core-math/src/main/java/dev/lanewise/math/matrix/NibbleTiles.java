package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Q4_0 or Q4_1 weights in k-major tiles. With L 16-bit lanes a tile is 4 L output rows; for each
 * block of 32 inputs it holds 32 units of 2 L bytes, one for each input k, then the F32 scales d of
 * the rows and, for Q4_1, their minima m.
 *
 * <p>A unit is L little-endian 16-bit lanes of four nibbles: nibble j of lane l belongs to row
 * {@code L j + l / 2 + (l % 2) L / 2} of the tile. So one broadcast input serves 4 L weights, and
 * after splitting 32-bit lanes into their halves the rows are in natural order.
 *
 * <p>The scales follow their units: the kernel then reads the tile as one forward stream, which the
 * hardware prefetcher follows; with the scales in front it does not. The rows of the last tile
 * beyond {@link #rows()} are zero.
 */
public final class NibbleTiles implements Matrix {
  /** Inputs that share a scale. */
  public static final int BLOCK = 32;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort FILE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final BlockFormat format;
  private final int rows;
  private final int cols;
  private final int shortLanes;
  private final MemorySegment tiles;

  private NibbleTiles(BlockFormat format, int rows, int cols, int shortLanes, MemorySegment tiles) {
    this.format = format;
    this.rows = rows;
    this.cols = cols;
    this.shortLanes = shortLanes;
    this.tiles = tiles;
  }

  static NibbleTiles pack(
      BlockFormat format,
      MemorySegment blocks,
      int rows,
      int cols,
      int shortLanes,
      Arena arena,
      ThreadTeam team) {
    NibbleTiles shape = new NibbleTiles(format, rows, cols, shortLanes, MemorySegment.NULL);
    MemorySegment tiles = arena.allocate(shape.tileBytes() * shape.tileCount(), 64);
    NibbleTiles packed = new NibbleTiles(format, rows, cols, shortLanes, tiles);
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
    int nibblesAt = hasMinima() ? 4 : 2;
    for (int r = 0; r < tileRows() && tile * tileRows() + r < rows; r++) {
      int nibble = r / shortLanes;
      int within = r % shortLanes;
      int lane = within < shortLanes / 2 ? 2 * within : 2 * within - shortLanes + 1;
      for (int b = 0; b < blocksPerRow; b++) {
        long from = ((long) (tile * tileRows() + r) * blocksPerRow + b) * format.blockBytes();
        long to = tile * tileBytes() + b * blockBytes();
        for (int k = 0; k < BLOCK; k++) {
          int packed = blocks.get(ValueLayout.JAVA_BYTE, from + nibblesAt + k % 16) & 0xff;
          int q = k < 16 ? packed & 0xf : packed >> 4;
          long at = to + (long) k * unitBytes() + 2L * lane;
          tiles.set(SHORT, at, (short) (tiles.get(SHORT, at) | q << (4 * nibble)));
        }
        long scales = to + scalesOffset() + 4L * r;
        tiles.set(FLOAT, scales, Float.float16ToFloat(blocks.get(FILE_SHORT, from)));
        if (hasMinima()) {
          float m = Float.float16ToFloat(blocks.get(FILE_SHORT, from + 2));
          tiles.set(FLOAT, scales + 4L * tileRows(), m);
        }
      }
    }
  }

  /** The tiles, 64-byte aligned. */
  public MemorySegment tiles() {
    return tiles;
  }

  /** Whether a weight is q d + m (Q4_1) and not (q - 8) d (Q4_0). */
  public boolean hasMinima() {
    return format == BlockFormat.Q4_1;
  }

  /** The number of tiles; the last one may hold rows beyond {@link #rows()}. */
  public int tileCount() {
    return (rows + tileRows() - 1) / tileRows();
  }

  /** Output rows of a tile. */
  public int tileRows() {
    return 4 * shortLanes;
  }

  /** Bytes of the nibbles of one input. */
  public int unitBytes() {
    return 2 * shortLanes;
  }

  /** Bytes from the start of a block to its scales d, which its minima m follow. */
  public int scalesOffset() {
    return BLOCK * unitBytes();
  }

  /** Bytes of one block of 32 inputs of one tile. */
  public long blockBytes() {
    return scalesOffset() + 4L * tileRows() * (hasMinima() ? 2 : 1);
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
    return format;
  }

  @Override
  public long bytes() {
    return tiles.byteSize();
  }
}
