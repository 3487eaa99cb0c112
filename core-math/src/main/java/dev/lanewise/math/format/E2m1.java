package dev.lanewise.math.format;

/**
 * Rounding to E2M1, the 4-bit floating-point numbers 0, 0.5, 1, 1.5, 2, 3, 4 and 6 with a sign (OCP
 * Microscaling Formats 1.0, section 5.3.3): to the nearest, ties to the even code, larger ones to
 * 6.
 *
 * <p>The distance of the numbers around v is 2^(e - 1), e the exponent of max(v, 1). A float of the
 * exponent e + 22 has just that distance from the next: adding 2^(e + 22) to v rounds it, without a
 * branch, and leaves v / 2^(e - 1) in the lowest bits.
 */
public final class E2m1 {
  private static final int ONE = 0x3f800000;
  private static final int SIX = 0x40c00000;
  private static final int EXPONENT = 0x7f800000;
  private static final int EXPONENT_SHIFT = 23;

  private E2m1() {}

  /** The number nearest to {@code v}, which is not negative. */
  static float round(float v) {
    int bits = saturated(v);
    float rounder = Float.intBitsToFloat(rounder(bits));
    return (Float.intBitsToFloat(bits) + rounder) - rounder;
  }

  /** The code, from 0 to 15, of the number nearest to {@code v}. */
  public static int code(float v) {
    int bits = saturated(Math.abs(v));
    int rounder = rounder(bits);
    int steps =
        Float.floatToRawIntBits(Float.intBitsToFloat(bits) + Float.intBitsToFloat(rounder))
            - rounder;
    // There are 2 codes in each octave from 1 on, and the steps of an octave start at 2.
    int exponent = (rounder - ONE >> EXPONENT_SHIFT) - 22;
    int sign = Float.floatToRawIntBits(v) >>> 31;
    return steps + 2 * exponent | sign << 3;
  }

  /** The bits of min(v, 6): those of floats that are not negative compare as integers. */
  private static int saturated(float v) {
    return Math.min(Float.floatToRawIntBits(v), SIX);
  }

  private static int rounder(int bits) {
    return (Math.max(bits, ONE) & EXPONENT) + (22 << EXPONENT_SHIFT);
  }
}
