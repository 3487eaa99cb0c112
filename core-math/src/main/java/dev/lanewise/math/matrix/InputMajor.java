package dev.lanewise.math.matrix;

import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A second copy of a packed matrix, for products that leave inputs out: the units of all tiles for
 * an input stand side by side, so that an input that is left out is a run of bytes that is not
 * read. In tiles such a run is shorter than the lines of a cache, and leaving it out saves
 * arithmetic only.
 *
 * <p>A span has the units {@code [input][tile]}, then the scales {@code [tile]}.
 *
 * @param dense the same weights in tiles
 * @param units the spans one after the other, 64-byte aligned
 */
public record InputMajor(Matrix dense, MemorySegment units) {
  /** Kernels that take two tiles at a time read so much behind the last. */
  private static final int BEHIND = 64;

  /** Whether a layout can be turned: its spans have all their scales behind them. */
  public static boolean supports(TileLayout layout) {
    return layout.headBytes() == 0
        && switch (layout.units()) {
          case NIBBLES, E2M1_LANES, BYTES -> true;
          case E2M1_BYTES, SIX_BITS, BF16, F16, F32 -> false;
        };
  }

  /**
   * Copies a matrix.
   *
   * @throws IllegalArgumentException if its layout is not {@linkplain #supports supported}
   */
  public static InputMajor of(Matrix dense, Arena arena, ThreadTeam team) {
    if (!supports(dense.layout())) {
      throw new IllegalArgumentException(dense.layout() + " is not turned");
    }
    InputMajor turned = new InputMajor(dense, LargePages.allocate(dense.bytes() + BEHIND, arena));
    int spans = dense.cols() / dense.layout().scales().span();
    team.run(
        (member, size) -> {
          int end = ThreadTeam.share(spans, member + 1, size);
          for (int s = ThreadTeam.share(spans, member, size); s < end; s++) {
            turned.copySpan(s);
          }
        });
    return turned;
  }

  private void copySpan(int s) {
    TileLayout layout = dense.layout();
    int span = layout.scales().span();
    int unitBytes = layout.unitBytes();
    for (int tile = 0; tile < dense.tileCount(); tile++) {
      long from = dense.tile(tile) + (long) s * layout.spanBytes();
      for (int i = 0; i < span; i++) {
        long to = s * spanStride() + (long) i * inputStride() + (long) tile * unitBytes;
        MemorySegment.copy(dense.tiles(), from + (long) i * unitBytes, units, to, unitBytes);
      }
      MemorySegment.copy(
          dense.tiles(), from + layout.spanUnitBytes(), units, scales(tile, s), scaleBytes());
    }
  }

  /** Bytes from the units of an input to those of the next in its span. */
  public int inputStride() {
    return dense.tileCount() * dense.layout().unitBytes();
  }

  /** Bytes from a span to the next. */
  public long spanStride() {
    return (long) dense.tileCount() * dense.layout().spanBytes();
  }

  /** Where the scales of a tile for a span are. */
  public long scales(int tile, int span) {
    return span * spanStride()
        + (long) dense.layout().scales().span() * inputStride()
        + (long) tile * scaleBytes();
  }

  private int scaleBytes() {
    return dense.layout().spanBytes() - dense.layout().spanUnitBytes();
  }
}
