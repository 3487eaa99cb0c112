package dev.lanewise.server.schema;

import static dev.lanewise.server.schema.Texts.anyOf;
import static dev.lanewise.server.schema.Texts.digits;
import static dev.lanewise.server.schema.Texts.inOrder;
import static dev.lanewise.server.schema.Texts.literal;
import static dev.lanewise.server.schema.Texts.oneOf;

import dev.lanewise.engine.grammar.Expression;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * The decimal numbers of a range, digit by digit, without leading zeros and exponents.
 *
 * @param fractionDigits so many digits at most after the point
 */
record DecimalRange(int fractionDigits) {
  /** One end of a range. */
  record Bound(BigDecimal value, boolean inclusive) {
    private static final Bound ZERO = new Bound(BigDecimal.ZERO, true);
    private static final Bound ABOVE_ZERO = new Bound(BigDecimal.ZERO, false);

    private Bound negate() {
      return new Bound(value.negate(), inclusive);
    }

    private boolean isAbove(Bound other) {
      return value.compareTo(other.value) > 0;
    }

    private BigInteger whole() {
      return value.setScale(0, RoundingMode.FLOOR).toBigInteger();
    }

    /** The digits after the point, without zeros at the end. */
    private String fraction() {
      BigDecimal fraction = value.subtract(new BigDecimal(whole())).stripTrailingZeros();
      return fraction.signum() == 0 ? "" : fraction.toPlainString().substring("0.".length());
    }
  }

  /** The numbers between two bounds; {@link Texts#NOTHING} if there are none. */
  Expression between(Bound least, Bound most) {
    Bound below = most.negate();
    return anyOf(
        inOrder(
            literal("-"),
            positive(below.isAbove(Bound.ZERO) ? below : Bound.ABOVE_ZERO, least.negate())),
        positive(
            least.isAbove(Bound.ZERO) || least.value().signum() == 0 ? least : Bound.ZERO, most));
  }

  private Expression positive(Bound least, Bound most) {
    if (least.isAbove(most)) {
      return Texts.NOTHING;
    }
    BigInteger low = least.whole();
    BigInteger high = most.whole();
    FractionEnd from = FractionEnd.least(least);
    FractionEnd to = FractionEnd.most(most);
    if (low.equals(high)) {
      return inOrder(literal(low.toString()), fraction(from, to));
    }
    return anyOf(
        inOrder(literal(low.toString()), fraction(from, FractionEnd.FREE)),
        inOrder(
            IntegerRange.natural(low.add(BigInteger.ONE), high.subtract(BigInteger.ONE)),
            fraction(FractionEnd.FREE, FractionEnd.FREE)),
        inOrder(literal(high.toString()), fraction(FractionEnd.FREE, to)));
  }

  /** Nothing or a point and digits, so that the fraction is between two ends. */
  private Expression fraction(FractionEnd least, FractionEnd most) {
    return anyOf(
        least.isReached() && most.isReached() ? Expression.EMPTY : Texts.NOTHING,
        inOrder(literal("."), someDigits(least, most, fractionDigits)));
  }

  /** One digit or more. */
  private static Expression someDigits(FractionEnd least, FractionEnd most, int room) {
    if (room == 0) {
      return Texts.NOTHING;
    }
    if (least.isFree() && most.isFree()) {
      return digits(1, room);
    }
    int low = least.isFree() ? 0 : least.digit();
    int high = most.isFree() ? 9 : most.digit();
    if (low > high) {
      return Texts.NOTHING;
    }
    if (low == high) {
      return then(
          low,
          low,
          least.isFree() ? least : least.next(),
          most.isFree() ? most : most.next(),
          room);
    }
    List<Expression> ways = new ArrayList<>();
    if (!least.isFree()) {
      ways.add(then(low, low, least.next(), FractionEnd.FREE, room));
      low++;
    }
    if (!most.isFree()) {
      ways.add(then(high, high, FractionEnd.FREE, most.next(), room));
      high--;
    }
    if (low <= high) {
      ways.add(then(low, high, FractionEnd.FREE, FractionEnd.FREE, room));
    }
    return anyOf(ways);
  }

  /** A digit from {@code first} to {@code last}, then digits between two ends, or none. */
  private static Expression then(
      int first, int last, FractionEnd least, FractionEnd most, int room) {
    Expression more = someDigits(least, most, room - 1);
    boolean mayEnd = least.isReached() && most.isReached();
    Expression rest =
        !mayEnd
            ? more
            : more.equals(Texts.NOTHING) ? Expression.EMPTY : anyOf(Expression.EMPTY, more);
    return inOrder(oneOf('0' + first, '0' + last), rest);
  }

  /**
   * What the digits after some point on must be, at least or at most, for the number to be within
   * the range.
   *
   * @param digits those to compare with; if they have ended, zeros
   * @param inclusive whether the same digits are in the range
   * @param upper whether it is the upper end
   */
  private record FractionEnd(String digits, boolean inclusive, boolean upper) {
    /** Earlier digits have decided it. */
    static final FractionEnd FREE = new FractionEnd("", true, false);

    static FractionEnd least(Bound bound) {
      return new FractionEnd(bound.fraction(), bound.inclusive(), false);
    }

    static FractionEnd most(Bound bound) {
      return new FractionEnd(bound.fraction(), bound.inclusive(), true);
    }

    boolean isFree() {
      return equals(FREE);
    }

    int digit() {
      return digits.isEmpty() ? 0 : digits.charAt(0) - '0';
    }

    FractionEnd next() {
      return new FractionEnd(digits.isEmpty() ? "" : digits.substring(1), inclusive, upper);
    }

    /** Whether no more digits, which is as zeros, are in the range. */
    boolean isReached() {
      return digits.isEmpty() ? inclusive : upper;
    }
  }
}
