package dev.lanewise.bench.calibrate;

import java.math.BigDecimal;
import java.math.MathContext;

/** Rounding to four significant digits: finer than thresholds are known, and short in a file. */
final class FourDigits {
  private static final MathContext FOUR = new MathContext(4);

  private FourDigits() {}

  static float of(double value) {
    return new BigDecimal(value).round(FOUR).floatValue();
  }
}
