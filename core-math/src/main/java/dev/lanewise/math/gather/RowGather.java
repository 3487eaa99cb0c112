package dev.lanewise.math.gather;

import dev.lanewise.math.kernel.GatherKernels;
import dev.lanewise.math.matrix.CodeMoves;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Scales;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Brings rows of a matrix together in tiles: moves the codes and scales of each from its place in
 * one tile to a place in another. For one thread.
 */
final class RowGather {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Inputs that are moved at a time, whole groups of all formats: so both tiles stay in L1. */
  private static final int DEPTH = 256;

  private final GatherKernels kernels;
  private TileLayout layout;
  private CodeMoves moves;

  RowGather(GatherKernels kernels) {
    this.kernels = kernels;
  }

  /** Fills a tile of {@code to}. */
  void tile(Matrix from, int[] rows, Matrix to, int tile) {
    use(from.layout());
    to.tiles().asSlice(to.tile(tile), layout.tileBytes(to.cols())).fill((byte) 0);
    int first = tile * layout.tileRows();
    int end = Math.min(to.rows(), first + layout.tileRows());
    int r = first;
    while (r < end) {
      int source = rows[r] / layout.tileRows();
      int next = r;
      while (next < end && rows[next] / layout.tileRows() == source) {
        next++;
      }
      codes(from, source, rows, r, next, to, tile);
      for (int i = r; i < next; i++) {
        scales(from, source, rows[i] % layout.tileRows(), to, tile, i % layout.tileRows());
      }
      r = next;
    }
  }

  private void use(TileLayout other) {
    if (!other.equals(layout)) {
      layout = other;
      moves = CodeMoves.handles(layout) ? new CodeMoves(layout) : null;
    }
  }

  /** The codes of rows {@code first} to {@code end - 1}, which are all in one tile. */
  private void codes(Matrix from, int source, int[] rows, int first, int end, Matrix to, int tile) {
    int tileRows = layout.tileRows();
    if (moves == null) {
      for (int i = first; i < end; i++) {
        row(from, source, rows[i] % tileRows, to, tile, i % tileRows);
      }
      return;
    }
    moves.clear();
    for (int i = first; i < end; i++) {
      moves.add(rows[i] % tileRows, i % tileRows);
    }
    int head = layout.headBytes();
    for (int k = 0; k < from.cols(); k += DEPTH) {
      int spans = Math.min(DEPTH, from.cols() - k) / layout.scales().span();
      kernels.move(
          moves,
          from.tiles(),
          from.group(source, k) + head,
          to.tiles(),
          to.group(tile, k) + head,
          spans);
    }
  }

  /** The scales of a row and their factors. */
  private void scales(Matrix from, int source, int row, Matrix to, int tile, int newRow) {
    Scales scales = layout.scales();
    int field = 2 * layout.tileRows();
    int lane = 2 * layout.slotOfRow(row);
    int newLane = 2 * layout.slotOfRow(newRow);
    for (int k = 0; k < from.cols() && scales != Scales.NONE; k += scales.group()) {
      long at = from.group(source, k);
      long newAt = to.group(tile, k);
      for (int head = 0; head < layout.headBytes(); head += field) {
        move(from, at + head + lane, to, newAt + head + newLane);
      }
      for (int s = 0; s < scales.group() / scales.span(); s++) {
        int behind = layout.headBytes() + s * layout.spanBytes() + layout.spanUnitBytes();
        if (scales.spanBytes() == 1) {
          byte scale =
              from.tiles().get(ValueLayout.JAVA_BYTE, at + behind + layout.scaleByteOfRow(row));
          to.tiles()
              .set(ValueLayout.JAVA_BYTE, newAt + behind + layout.scaleByteOfRow(newRow), scale);
          continue;
        }
        for (int f = 0; f < scales.spanBytes() / 2; f++) {
          int within = behind + f * field;
          move(from, at + within + lane, to, newAt + within + newLane);
        }
      }
    }
  }

  private static void move(Matrix from, long at, Matrix to, long newAt) {
    to.tiles().set(SHORT, newAt, from.tiles().get(SHORT, at));
  }

  /** The codes of one row, where they are neither of 4 nor of 8 bits. */
  private void row(Matrix from, int source, int row, Matrix to, int tile, int newRow) {
    if (layout.units() == Units.SIX_BITS) {
      sixBits(from, source, layout.slotOfRow(row), to, tile, layout.slotOfRow(newRow));
      return;
    }
    boolean f32 = layout.units() == Units.F32;
    long bytes = f32 ? 4 : 2;
    long at = from.tile(source) + bytes * (f32 ? row : layout.slotOfRow(row));
    long newAt = to.tile(tile) + bytes * (f32 ? newRow : layout.slotOfRow(newRow));
    for (int k = 0; k < from.cols(); k++) {
      for (long half = 0; half < bytes; half += 2) {
        move(from, at + half, to, newAt + half);
      }
      at += layout.unitBytes();
      newAt += layout.unitBytes();
    }
  }

  private void sixBits(Matrix from, int source, int slot, Matrix to, int tile, int newSlot) {
    for (int k = 0; k < from.cols(); k += 2) {
      Scales scales = layout.scales();
      long within =
          layout.headBytes()
              + (long) (k % scales.group() / scales.span()) * layout.spanBytes()
              + (long) (k % scales.span()) * layout.unitBytes();
      long at = from.group(source, k) + within;
      long newAt = to.group(tile, k) + within;
      for (int odd = 0; odd < 2; odd++) {
        putSixBits(sixBits(from.tiles(), at, odd, slot), to.tiles(), newAt, odd, newSlot);
      }
    }
  }

  /** A code of the first or second of two inputs; {@link Units#SIX_BITS} has the places. */
  private int sixBits(MemorySegment tiles, long at, int odd, int slot) {
    int lanes = layout.shortLanes();
    long lane = at + 2L * (slot % lanes);
    int own = tiles.get(SHORT, lane + odd * 2L * lanes);
    int both = tiles.get(SHORT, lane + 4L * lanes);
    int code =
        switch (slot / lanes) {
          case 0 -> own;
          case 1 -> own >> 6;
          case 2 -> both >> 6 * odd;
          default -> own >> 12 & 0xf | (both >> 12 + 2 * odd & 3) << 4;
        };
    return code & 0x3f;
  }

  private void putSixBits(int code, MemorySegment tiles, long at, int odd, int slot) {
    int lanes = layout.shortLanes();
    long lane = at + 2L * (slot % lanes);
    long own = lane + odd * 2L * lanes;
    long both = lane + 4L * lanes;
    switch (slot / lanes) {
      case 0 -> or(tiles, own, code);
      case 1 -> or(tiles, own, code << 6);
      case 2 -> or(tiles, both, code << 6 * odd);
      default -> {
        or(tiles, own, code << 12);
        or(tiles, both, code >> 4 << 12 + 2 * odd);
      }
    }
  }

  private static void or(MemorySegment tiles, long at, int bits) {
    tiles.set(SHORT, at, (short) (tiles.get(SHORT, at) | bits));
  }
}
