package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;

/**
 * The k-major tiles of a format: a tile is some output rows of a matrix, and holds for each input k
 * a unit with the weights of all its rows, so that one broadcast of x[k] serves them all.
 *
 * @param shortLanes L, the 16-bit lanes of the kernels that read the tiles: 8, 16 or 32
 */
public record TileLayout(Units units, Scales scales, int shortLanes) {
  /** Counts the layouts; packed weights of another version are not read. */
  public static final int VERSION = 2;

  /**
   * The layout in which weights of a format are packed.
   *
   * @param wideTables whether the machine looks up 16-bit lanes in a table (AVX-512's vpermw)
   */
  public static TileLayout of(BlockFormat format, int shortLanes, boolean wideTables) {
    return new TileLayout(units(format, shortLanes, wideTables), scales(format), shortLanes);
  }

  private static Units units(BlockFormat format, int shortLanes, boolean wideTables) {
    return switch (format) {
      case F32 -> Units.F32;
      case F16 -> Units.F16;
      case BF16 -> Units.BF16;
      case Q4_0, Q4_1, Q4_K -> Units.NIBBLES;
      case Q5_0, Q5_1, Q5_K, Q8_0, IQ4_NL -> Units.BYTES;
      case Q6_K -> Units.SIX_BITS;
      // With 8 lanes a table of bytes fills two vectors of products; as bytes they need no table.
      case MXFP4, NVFP4 ->
          wideTables ? Units.E2M1_LANES : shortLanes == 16 ? Units.E2M1_BYTES : Units.BYTES;
    };
  }

  private static Scales scales(BlockFormat format) {
    return switch (format) {
      case F32, F16, BF16 -> Scales.NONE;
      case Q4_0, Q5_0, Q8_0, IQ4_NL -> Scales.F16;
      case Q4_1, Q5_1 -> Scales.F16_MINIMA;
      case Q4_K, Q5_K -> Scales.SUPER_MINIMA;
      case Q6_K -> Scales.SUPER_SIGNED;
      case MXFP4 -> Scales.E8M0;
      case NVFP4 -> Scales.E4M3;
    };
  }

  /** Output rows of a tile. */
  public int tileRows() {
    return units.vectors() * shortLanes;
  }

  /**
   * The row of a slot. Vectors come in pairs of 2 L rows: splitting the 32-bit lanes of either, or
   * of both as one vector of twice the width, into halves gives runs of rows in natural order.
   */
  public int rowOfSlot(int slot) {
    int vector = slot / shortLanes;
    int lane = slot % shortLanes;
    return 2 * shortLanes * (vector / 2)
        + shortLanes / 2 * (vector % 2)
        + lane / 2
        + shortLanes * (lane % 2);
  }

  /** The slot of a row: the inverse of {@link #rowOfSlot}. */
  public int slotOfRow(int row) {
    int pair = row / (2 * shortLanes);
    int odd = row % (2 * shortLanes) / shortLanes;
    int within = row % shortLanes;
    int half = shortLanes / 2;
    return shortLanes * (2 * pair + within / half) + 2 * (within % half) + odd;
  }

  /** The byte of a row in scales that stand in bytes. */
  public int scaleByteOfRow(int row) {
    int floatLanes = shortLanes / 2;
    int vector = row / (4 * floatLanes);
    int within = row % (4 * floatLanes);
    return 4 * floatLanes * vector + 4 * (within % floatLanes) + within / floatLanes;
  }

  /** Bytes of one input's weights of a tile. */
  public int unitBytes() {
    return units.bytes(shortLanes);
  }

  /** Bytes of the factors in front of a group. */
  public int headBytes() {
    return scales.headBytes() * tileRows();
  }

  /** Bytes of the units of a span. */
  public int spanUnitBytes() {
    return scales.span() * unitBytes();
  }

  /** Bytes of a span: its units, then its scales. */
  public int spanBytes() {
    return spanUnitBytes() + scales.spanBytes() * tileRows();
  }

  /** Bytes of a group of spans. */
  public int groupBytes() {
    return headBytes() + scales.group() / scales.span() * spanBytes();
  }

  /**
   * Bytes of a tile with {@code cols} inputs.
   *
   * @throws IllegalArgumentException if they do not fill groups
   */
  public long tileBytes(int cols) {
    if (cols % scales.group() != 0) {
      throw new IllegalArgumentException(cols + " inputs do not fill groups of " + scales.group());
    }
    return (long) (cols / scales.group()) * groupBytes();
  }
}
