package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Packs the rows of a file into tiles, tile by tile; each thread has its own. */
public final class TilePacker {
  private static final int F16_EXPONENT = 0x7c00;
  private static final int E8M0_NAN = 0xff;

  private final Matrix matrix;
  private final TileLayout layout;
  private final MemorySegment blocks;
  private final int blockInputs;
  private final int rowBytes;
  private final byte[] rows;
  private final byte[] codes;
  private final byte[] out;
  private final BlockReader reader;
  private final UnitPacker units;

  /** The slot of each row of a tile. */
  private final int[] slots;

  /** Byte offset in {@link #out} of the span of each input of a block. */
  private final int[] spans;

  private TilePacker(Matrix matrix, MemorySegment blocks) {
    this.matrix = matrix;
    this.blocks = blocks;
    layout = matrix.layout();
    BlockFormat format = matrix.format();
    blockInputs = format.blockSize();
    rowBytes = Math.toIntExact(format.bytesFor(matrix.cols()));
    rows = new byte[Math.multiplyExact(layout.tileRows(), rowBytes)];
    codes = new byte[blockInputs * layout.tileRows()];
    reader = new BlockReader(format, layout.units());
    units = new UnitPacker(layout);
    slots = IntStream.range(0, layout.tileRows()).map(layout::slotOfRow).toArray();
    spans = IntStream.range(0, blockInputs).map(this::spanAt).toArray();
    out =
        new byte
            [layout.units().wide()
                ? Math.toIntExact(layout.tileBytes(matrix.cols()))
                : blockInputs / layout.scales().group() * layout.groupBytes()];
  }

  /**
   * Packs the weights of one tensor into memory of {@code arena}.
   *
   * @param blocks the tensor as the file holds it: {@code rows} rows of whole blocks
   * @param factor multiplies every weight
   * @throws IllegalArgumentException if {@code blocks} is not as long as the shape and format say,
   *     or a scale or weight is not a finite number
   */
  public static Matrix pack(
      BlockFormat format,
      TileLayout layout,
      MemorySegment blocks,
      int rows,
      int cols,
      float factor,
      Arena arena,
      ThreadTeam team) {
    long expected = Math.multiplyExact(format.bytesFor(cols), (long) rows);
    if (blocks.byteSize() != expected) {
      throw new IllegalArgumentException(
          "a %s matrix [%d, %d] has %d bytes, not %d"
              .formatted(format, rows, cols, expected, blocks.byteSize()));
    }
    Matrix matrix = Matrix.allocate(format, layout, rows, cols, factor, arena);
    team.run(
        (member, size) -> {
          TilePacker packer = new TilePacker(matrix, blocks);
          int end = ThreadTeam.share(matrix.tileCount(), member + 1, size);
          for (int t = ThreadTeam.share(matrix.tileCount(), member, size); t < end; t++) {
            packer.pack(t);
          }
        });
    return matrix;
  }

  /** Copies a packed matrix into memory of {@code arena}, as {@link #pack} allocates it. */
  public static Matrix copy(Matrix w, Arena arena, ThreadTeam team) {
    MemorySegment tiles = LargePages.allocate(w.bytes(), arena);
    team.run(
        (member, size) -> {
          long from = w.tile(ThreadTeam.share(w.tileCount(), member, size));
          long to = w.tile(ThreadTeam.share(w.tileCount(), member + 1, size));
          MemorySegment.copy(w.tiles(), from, tiles, from, to - from);
        });
    return w.at(tiles);
  }

  private void pack(int tile) {
    int first = tile * layout.tileRows();
    int count = Math.min(layout.tileRows(), matrix.rows() - first);
    MemorySegment.copy(
        blocks, ValueLayout.JAVA_BYTE, (long) first * rowBytes, rows, 0, count * rowBytes);
    if (layout.units().wide()) {
      Arrays.fill(out, (byte) 0);
      for (int r = 0; r < count; r++) {
        wideRow(first, r);
      }
      write(matrix.tile(tile));
      return;
    }
    long to = matrix.tile(tile);
    for (int block = 0; block < matrix.cols() / blockInputs; block++) {
      Arrays.fill(out, (byte) 0);
      Arrays.fill(codes, zeroCode());
      for (int r = 0; r < count; r++) {
        reader.read(rows, r * rowBytes + block * matrix.format().blockBytes());
        placeCodes(reader.codes, slots[r]);
        scales(r, slots[r], first + r, block);
      }
      int groups = blockInputs / layout.scales().group();
      for (int k = 0; k < blockInputs; k++) {
        unit(k);
      }
      write(to);
      to += (long) groups * layout.groupBytes();
    }
  }

  private void placeCodes(byte[] ofRow, int slot) {
    int tileRows = slots.length;
    byte[] codes = this.codes;
    for (int k = 0, at = slot; k < ofRow.length; k++, at += tileRows) {
      codes[at] = ofRow[k];
    }
  }

  private void write(long to) {
    MemorySegment.copy(out, 0, matrix.tiles(), ValueLayout.JAVA_BYTE, to, out.length);
  }

  /** Rows beyond the matrix have scale zero; any code will do, this one counts least. */
  private byte zeroCode() {
    return (byte)
        switch (layout.units()) {
          case NIBBLES -> 8;
          case SIX_BITS -> 32;
          case BYTES -> 0x80;
          default -> 0;
        };
  }

  /** Byte offset in {@link #out} of the units of the span of input {@code k}. */
  private int spanAt(int k) {
    Scales scales = layout.scales();
    return k / scales.group() * layout.groupBytes()
        + layout.headBytes()
        + k % scales.group() / scales.span() * layout.spanBytes();
  }

  /** Puts the codes of input {@code k} of all rows together. */
  private void unit(int k) {
    int from = k * layout.tileRows();
    int within = k % layout.scales().span();
    if (layout.units() != Units.SIX_BITS) {
      units.one(codes, from, out, spans[k] + within * layout.unitBytes());
    } else if (within % 2 == 1) {
      int pair = spans[k] + (within - 1) * layout.unitBytes();
      units.sixBits(codes, from - layout.tileRows(), from, out, pair);
    }
  }

  /** Puts the scales of one row's block where they belong. */
  private void scales(int r, int slot, int row, int block) {
    int inLane = 2 * slot;
    int inByte = layout.scaleByteOfRow(r);
    int behind = layout.spanUnitBytes();
    switch (layout.scales()) {
      case F16 -> putHalf(behind + inLane, reader.d, row, block);
      case F16_MINIMA -> {
        putHalf(behind + inLane, reader.d, row, block);
        putHalf(behind + 2 * layout.tileRows() + inLane, reader.m, row, block);
      }
      case SUPER_MINIMA -> {
        putHalf(inLane, reader.d, row, block);
        putHalf(2 * layout.tileRows() + inLane, reader.m, row, block);
        for (int s = 0; s < 8; s++) {
          int at = spans[32 * s] + behind + inLane;
          out[at] = reader.spanScales[s];
          out[at + 1] = reader.spanMinima[s];
        }
      }
      case SUPER_SIGNED -> {
        putHalf(inLane, reader.d, row, block);
        for (int s = 0; s < 16; s++) {
          out[spans[16 * s] + behind + inByte] = reader.spanScales[s];
        }
      }
      case E8M0 -> {
        if ((reader.spanScales[0] & 0xff) == E8M0_NAN) {
          throw notFinite(row, block);
        }
        out[behind + inByte] = reader.spanScales[0];
      }
      case E4M3 -> {
        for (int s = 0; s < 4; s++) {
          out[spans[16 * s] + behind + inByte] = reader.spanScales[s];
        }
      }
      case NONE -> throw new IllegalStateException();
    }
  }

  private void putHalf(int at, short bits, int row, int block) {
    if ((bits & F16_EXPONENT) == F16_EXPONENT) {
      throw notFinite(row, block);
    }
    out[at] = (byte) bits;
    out[at + 1] = (byte) (bits >> 8);
  }

  private static IllegalArgumentException notFinite(int row, int block) {
    return new IllegalArgumentException(
        "the scale of block " + block + " of row " + row + " is not a finite number");
  }

  /** One row of floating-point weights. */
  private void wideRow(int first, int r) {
    int bytes = layout.units() == Units.F32 ? 4 : 2;
    int place = layout.units() == Units.F32 ? r : slots[r];
    for (int k = 0; k < matrix.cols(); k++) {
      int from = r * rowBytes + bytes * k;
      int upper = (rows[from + bytes - 1] & 0x7f) << 8 | rows[from + bytes - 2] & 0xff;
      int all = layout.units() == Units.F16 ? F16_EXPONENT : 0x7f80;
      if ((upper & all) == all) {
        throw new IllegalArgumentException(
            "weight " + k + " of row " + (first + r) + " is not a finite number");
      }
      int at = (k * layout.tileRows() + place) * bytes;
      for (int b = 0; b < bytes; b++) {
        out[at + b] = rows[from + b];
      }
    }
  }
}
