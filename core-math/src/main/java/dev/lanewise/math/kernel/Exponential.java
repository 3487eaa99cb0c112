package dev.lanewise.math.kernel;

/**
 * e^x as the vector kernels compute it, to about 1e-7: {@code 2^k e^r}, with k the nearest integer
 * to x / ln 2 and r what is left, at most 0.35 in magnitude; e^r is its Taylor series up to r^6.
 *
 * <p>The kernels write it out, since a vector that crosses a call is boxed. {@link #of} computes
 * the same bits for the elements that do not fill a vector: these must not show in a result, for
 * they depend on how rows are divided among threads.
 */
final class Exponential {
  /** Below it, e^x is no normal float and counts as 0. */
  static final float LEAST = -87;

  /** Above it, e^x counts as infinite. */
  static final float MOST = 88;

  static final float LOG2_E = (float) (1 / Math.log(2));

  /** -ln 2 in two parts; the first has so few bits that its product with k is exact. */
  static final float MINUS_LN_2_HIGH = -0x1.62e4p-1f;

  static final float MINUS_LN_2_LOW = (float) -(Math.log(2) + MINUS_LN_2_HIGH);

  /** Added to a float of less than 2^22, it leaves the nearest integer in the lower bits. */
  static final float TO_INTEGER = 0x1.8p23f;

  /** Lower bits of an int to the exponent of a float. */
  static final int EXPONENT_SHIFT = 23;

  static final float C2 = 1 / 2f;
  static final float C3 = 1 / 6f;
  static final float C4 = 1 / 24f;
  static final float C5 = 1 / 120f;
  static final float C6 = 1 / 720f;

  private Exponential() {}

  static float of(float x) {
    if (x < LEAST) {
      return 0;
    }
    if (x > MOST) {
      return Float.POSITIVE_INFINITY;
    }
    float shifted = x * LOG2_E + TO_INTEGER;
    float k = shifted - TO_INTEGER;
    float r = Math.fma(k, MINUS_LN_2_LOW, Math.fma(k, MINUS_LN_2_HIGH, x));
    float series = Math.fma(r, C6, C5);
    series = Math.fma(series, r, C4);
    series = Math.fma(series, r, C3);
    series = Math.fma(series, r, C2);
    series = Math.fma(series, r, 1);
    series = Math.fma(series, r, 1);
    return Float.intBitsToFloat(
        Float.floatToRawIntBits(series) + (Float.floatToRawIntBits(shifted) << EXPONENT_SHIFT));
  }
}
