package dev.lanewise.math.format;

/**
 * The 8-bit floating-point numbers E4M3: a sign, 4 bits of exponent with a bias of 7, and 3 of
 * mantissa; no infinities (OCP 8-bit Floating Point Specification 1.0, section 5).
 */
public final class E4m3 {
  private static final int SIGN = 0x80;
  private static final int NAN = 0x7f;

  private E4m3() {}

  /** The number of a code from 0 to 255, at most 448 in magnitude; NaN for 127 and 255. */
  public static float value(int code) {
    if ((code & NAN) == NAN) {
      return Float.NaN;
    }
    float magnitude = 2 * TableBlocks.halfE4m3(code);
    return (code & SIGN) == 0 ? magnitude : -magnitude;
  }
}
