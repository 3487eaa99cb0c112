package dev.lanewise.math.kernel;

/**
 * The normal distribution up to x, 1/2 (1 + erf(x / sqrt(2))): exactly, and as the vector kernels
 * compute it, to 1e-7. That is Abramowitz and Stegun's formula 7.1.26: for x from 0 on it is {@code
 * 1 - t (A1 + t (A2 + t (A3 + t (A4 + t A5)))) e^(-x^2/2)} with {@code t = 1 / (1 + P x)}, here
 * with halved coefficients and P for x instead of x / sqrt(2).
 */
final class ErrorFunction {
  static final float P = (float) (0.3275911 / Math.sqrt(2));
  static final float A1 = (float) (0.254829592 / 2);
  static final float A2 = (float) (-0.284496736 / 2);
  static final float A3 = (float) (1.421413741 / 2);
  static final float A4 = (float) (-1.453152027 / 2);
  static final float A5 = (float) (1.061405429 / 2);

  /** From here on, the series converges too slowly, and the continued fraction well. */
  private static final double SERIES_END = 3;

  private static final int TERMS = 60;

  private ErrorFunction() {}

  /** For the elements that do not fill a vector: the same bits as in one. */
  static float approximateNormal(float x) {
    float size = Math.abs(x);
    float t = 1 / Math.fma(size, P, 1);
    float series = Math.fma(t, A5, A4);
    series = Math.fma(series, t, A3);
    series = Math.fma(series, t, A2);
    series = Math.fma(series, t, A1);
    float tail = series * t * Exponential.of(size * size * -0.5f);
    return x < 0 ? tail : 1 - tail;
  }

  /**
   * In double precision: the series and the continued fraction of Abramowitz and Stegun, 26.2.11
   * and 26.2.14.
   */
  static double normal(double x) {
    double size = Math.abs(x);
    double density = Math.exp(-size * size / 2) / Math.sqrt(2 * Math.PI);
    if (size >= SERIES_END) {
      double fraction = size;
      for (int i = TERMS; i > 0; i--) {
        fraction = size + i / fraction;
      }
      double tail = Double.isInfinite(size) ? 0 : density / fraction;
      return x < 0 ? tail : 1 - tail;
    }
    double term = x;
    double sum = x;
    for (int i = 1; i < TERMS; i++) {
      term *= x * x / (2 * i + 1);
      sum += term;
    }
    return 0.5 + density * sum;
  }
}
