package dev.lanewise.math.matrix;

/** Puts the codes of all rows of a tile together, as {@link Units} says. */
public final class UnitPacker {
  private final Units units;
  private final int lanes;

  /** For the units of a layout that are not floating-point numbers. */
  public UnitPacker(TileLayout layout) {
    units = layout.units();
    lanes = layout.shortLanes();
  }

  /**
   * Writes the unit of one input.
   *
   * @param codes the code of slot s at {@code from + s}
   */
  public void one(byte[] codes, int from, byte[] out, int at) {
    switch (units) {
      case NIBBLES, E2M1_LANES -> {
        for (int l = 0; l < lanes; l++) {
          out[at + 2 * l] = (byte) (codes[from + l] & 0xf | codes[from + lanes + l] << 4);
          out[at + 2 * l + 1] =
              (byte) (codes[from + 2 * lanes + l] & 0xf | codes[from + 3 * lanes + l] << 4);
        }
      }
      case E2M1_BYTES -> {
        for (int l = 0; l < lanes; l++) {
          out[at + l] = (byte) (codes[from + l] | codes[from + lanes + l] << 4);
        }
      }
      case BYTES -> {
        for (int l = 0; l < lanes; l++) {
          out[at + 2 * l] = codes[from + l];
          out[at + 2 * l + 1] = codes[from + lanes + l];
        }
      }
      case SIX_BITS, BF16, F16, F32 ->
          throw new IllegalArgumentException(units + " are not packed input by input");
    }
  }

  /** Writes the units of two inputs, whose codes start at {@code first} and {@code second}. */
  void sixBits(byte[] codes, int first, int second, byte[] out, int at) {
    for (int l = 0; l < lanes; l++) {
      int last0 = codes[first + 3 * lanes + l];
      int last1 = codes[second + 3 * lanes + l];
      int lane = at + 2 * l;
      put(out, lane, codes[first + l] | codes[first + lanes + l] << 6 | last0 << 12);
      put(out, lane + 2 * lanes, codes[second + l] | codes[second + lanes + l] << 6 | last1 << 12);
      put(
          out,
          lane + 4 * lanes,
          codes[first + 2 * lanes + l]
              | codes[second + 2 * lanes + l] << 6
              | last0 >> 4 << 12
              | last1 >> 4 << 14);
    }
  }

  private static void put(byte[] out, int at, int bits) {
    out[at] = (byte) bits;
    out[at + 1] = (byte) (bits >> 8);
  }
}
