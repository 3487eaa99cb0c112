package dev.lanewise.math.kernel;

/**
 * Constants that C2 does not know, since they come from an array.
 *
 * <p>A vector of a known constant is not kept in a register: C2 reads it from memory at each use. A
 * loop with a known step is a counted loop, and C2 makes three loops of it, with some 200
 * instructions between them: more than the 8 to 32 steps of a span take.
 */
final class Opaque {
  private static final int[] VALUES = {
    1,
    2,
    4,
    0x000f000f,
    0x00300030,
    0x00200020,
    0xffff0000,
    0x8fffe000,
    0xff,
    0x00800080,
    0x8000,
    0x00ff00ff,
    0x003f003f,
    0x80808080,
    Lanes.PANEL_SHORT.length()
  };

  private Opaque() {}

  /** A step of 1. */
  static int one() {
    return VALUES[0];
  }

  /** A step of 2. */
  static int pair() {
    return VALUES[1];
  }

  /** A step of 4. */
  static int four() {
    return VALUES[2];
  }

  /** A step of as many slots as a vector of {@link Lanes#PANEL_SHORT} has. */
  static int panelShorts() {
    return VALUES[14];
  }

  /** The lowest four bits of 16-bit lanes. */
  static int nibbles() {
    return VALUES[3];
  }

  /** Bits 4 and 5 of 16-bit lanes. */
  static int upperBits() {
    return VALUES[4];
  }

  /** 32 in 16-bit lanes, which is taken off codes of six bits. */
  static int centres() {
    return VALUES[5];
  }

  /** The upper half of 32-bit lanes. */
  static int highHalf() {
    return VALUES[6];
  }

  /** See {@link ScaleKernel}. */
  static int halfBits() {
    return VALUES[7];
  }

  /** The lowest byte of 32-bit lanes. */
  static int lowByte() {
    return VALUES[8];
  }

  /** 128 in 16-bit lanes, which is taken off bytes. */
  static int byteOffsets() {
    return VALUES[9];
  }

  /** The highest bits of bytes. */
  static int byteSigns() {
    return VALUES[13];
  }

  /** 2^15 in the lower half of 32-bit lanes. */
  static int lowerHalfSign() {
    return VALUES[10];
  }

  /** The lowest six bits of 16-bit lanes. */
  static int sixBits() {
    return VALUES[12];
  }

  /** The lower bytes of 16-bit lanes. */
  static int lowBytes() {
    return VALUES[11];
  }
}
