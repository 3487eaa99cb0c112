package dev.lanewise.math.matrix;

/**
 * How the weights of one input stand in a tile. With L 16-bit lanes, "slot" {@code j L + l} is lane
 * l of the j-th vector that a unit unfolds to; {@link TileLayout#rowOfSlot} says which row it is.
 */
public enum Units {
  /**
   * Lane l holds four 4-bit codes: code j, from bit 4 j on, is slot {@code j L + l}. Value: code -
   * 8.
   */
  NIBBLES(4),
  /** As {@link #NIBBLES}, with E2M1 codes. Value: twice that of the code, an integer. */
  E2M1_LANES(4),
  /**
   * Byte l holds two E2M1 codes: the lower is slot l, the upper slot {@code L + l}. Value: as
   * above.
   */
  E2M1_BYTES(2),
  /** Lane l holds two bytes: byte j is slot {@code j L + l}, with 128 added to the value. */
  BYTES(2),
  /**
   * For each two inputs three vectors. Lane l of the first holds codes 0 and 1 of the first input
   * at bits 0 and 6, and the lower four bits of its code 3 at bit 12; the second the same of the
   * second input. The third holds code 2 of both at bits 0 and 6, and the upper two bits of code 3
   * of both at bits 12 and 14. So three of four codes take one shift and one AND. Code j of lane l
   * is slot {@code j L + l}. Value: code - 32.
   */
  SIX_BITS(4),
  /** Slots are BF16 values. */
  BF16(2),
  /** Slots are F16 values. */
  F16(2),
  /** Rows in natural order, F32 values. */
  F32(4);

  /** What is taken off the codes of {@link #NIBBLES}. */
  public static final int NIBBLE_CENTRE = 8;

  private final int vectors;

  Units(int vectors) {
    this.vectors = vectors;
  }

  /** Vectors of 16-bit lanes that a unit unfolds to; a tile has as many rows as they have lanes. */
  public int vectors() {
    return vectors;
  }

  /** Bytes of the weights of one input, with L 16-bit lanes. */
  public int bytes(int shortLanes) {
    return switch (this) {
      case NIBBLES, E2M1_LANES, BYTES -> 2 * shortLanes;
      case E2M1_BYTES -> shortLanes;
      case SIX_BITS -> 3 * shortLanes;
      case BF16, F16 -> 4 * shortLanes;
      case F32 -> 16 * shortLanes;
    };
  }

  /** Whether the values are floating-point numbers without scales. */
  public boolean wide() {
    return this == BF16 || this == F16 || this == F32;
  }

  /** Whether 16 products of a value and an 8-bit input fit 16 bits. */
  public boolean fourBits() {
    return this == NIBBLES || this == E2M1_LANES || this == E2M1_BYTES;
  }
}
