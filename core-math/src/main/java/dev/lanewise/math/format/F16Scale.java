package dev.lanewise.math.format;

/**
 * Scales as blocks store them. Encoders round the scale first and choose the codes for the rounded
 * one, which is the one that decoding multiplies with.
 */
final class F16Scale {
  private F16Scale() {}

  /** The nearest F16 number; infinite above 65504. The 0 added makes a 0 of -0. */
  static float round(double scale) {
    return Float.float16ToFloat(Float.floatToFloat16((float) scale)) + 0f;
  }

  /** 1 / d; 0 for a scale of 0, under which all codes are as good as zero. */
  static float inverse(float d) {
    return d == 0 ? 0 : 1 / d;
  }
}
