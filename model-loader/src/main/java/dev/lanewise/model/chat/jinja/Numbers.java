package dev.lanewise.model.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Python's tower of numbers: {@link Bool} counts as an integer, integers compare exactly with
 * floats.
 */
final class Numbers {
  /** Keeps a template from choosing integers that share their hash with texts. */
  private static final int SALT = ThreadLocalRandom.current().nextInt();

  private Numbers() {}

  static boolean isInteger(Value value) {
    return value instanceof Int || value instanceof Bool;
  }

  static boolean isNumber(Value value) {
    return isInteger(value) || value instanceof Real;
  }

  static BigInteger integer(Value value) {
    return switch (value) {
      case Int number -> number.value();
      case Bool bool -> bool.truth() ? BigInteger.ONE : BigInteger.ZERO;
      case Undefined undefined -> throw undefined.fault();
      default ->
          throw new Fault("'" + value.typeName() + "' object cannot be interpreted as an integer");
    };
  }

  /**
   * An integer that must fit an {@code int}; larger ones are cut to the nearest, as Python does for
   * slice bounds.
   */
  static int clamped(Value value) {
    BigInteger number = integer(value);
    if (number.bitLength() < Integer.SIZE) {
      return number.intValue();
    }
    return number.signum() > 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE;
  }

  static double real(Value value) {
    if (value instanceof Real real) {
      return real.value();
    }
    double result = integer(value).doubleValue();
    if (Double.isInfinite(result)) {
      throw new Fault("int too large to convert to float");
    }
    return result;
  }

  static boolean equal(Value left, Value right) {
    if (!isNumber(left) || !isNumber(right)) {
      return false;
    }
    return !isNaN(left) && !isNaN(right) && compare(left, right) == 0;
  }

  static int compare(Value left, Value right) {
    if (isInteger(left) && isInteger(right)) {
      return integer(left).compareTo(integer(right));
    }
    if (isFinite(left) && isFinite(right)) {
      return exact(left).compareTo(exact(right));
    }
    return Double.compare(approximate(left), approximate(right));
  }

  static int hash(Value number) {
    if (number instanceof Real real) {
      return isFinite(real) && real.value() == Math.rint(real.value())
          ? SALT ^ new BigDecimal(real.value()).toBigInteger().hashCode()
          : Double.hashCode(real.value());
    }
    return SALT ^ integer(number).hashCode();
  }

  private static boolean isNaN(Value value) {
    return value instanceof Real real && Double.isNaN(real.value());
  }

  private static boolean isFinite(Value value) {
    return !(value instanceof Real real) || Double.isFinite(real.value());
  }

  private static BigDecimal exact(Value value) {
    return value instanceof Real real
        ? new BigDecimal(real.value())
        : new BigDecimal(integer(value));
  }

  private static double approximate(Value value) {
    return value instanceof Real real ? real.value() : integer(value).doubleValue();
  }
}
