package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Expression;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;

/** The numbers that {@code minimum}, {@code maximum} and their like ask for. */
final class NumberText {
  /** Digits of integers without bounds. */
  private static final int INTEGER_DIGITS = 18;

  /**
   * Decimal digits that a double keeps apart. With more, a number next to a bound that is not
   * included would be read as the bound.
   */
  private static final int EXACT_DIGITS = 15;

  private static final List<String> BOUNDS =
      List.of("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum");

  private NumberText() {}

  /** Integers, written without a point. */
  static Expression integer(Keywords keywords) {
    SchemaNode multiple = keywords.single().get("multipleOf");
    if (multiple != null && !isMultiple(BigDecimal.ONE, multiple.json().decimalValue())) {
      throw multiple.invalid("is not supported for integers unless it is 1");
    }
    BigInteger least = least(keywords);
    BigInteger most = most(keywords);
    BigInteger end = nines(Math.max(INTEGER_DIGITS, Math.max(digits(least), digits(most))));
    return possible(
        IntegerRange.of(least == null ? end.negate() : least, most == null ? end : most), keywords);
  }

  /** Numbers, without an exponent if they are bounded. */
  static Expression number(Keywords keywords) {
    DecimalRange.Bound least = bound(keywords, "minimum", "exclusiveMinimum", 1);
    DecimalRange.Bound most = bound(keywords, "maximum", "exclusiveMaximum", -1);
    SchemaNode multiple = keywords.single().get("multipleOf");
    if (least == null && most == null && multiple == null) {
      return JsonText.NUMBER;
    }
    int fraction = EXACT_DIGITS - mostWholeDigits(keywords);
    int whole = EXACT_DIGITS;
    if (multiple != null) {
      fraction = Math.min(fraction, fractionDigits(multiple));
      whole -= fraction;
    }
    BigDecimal end = BigDecimal.TEN.pow(whole);
    return possible(
        new DecimalRange(fraction)
            .between(
                least == null ? new DecimalRange.Bound(end.negate(), false) : least,
                most == null ? new DecimalRange.Bound(end, false) : most),
        keywords);
  }

  /** The digits before the point of the longest bound. */
  private static int mostWholeDigits(Keywords keywords) {
    int most = 1;
    for (String keyword : BOUNDS) {
      SchemaNode node = keywords.single().get(keyword);
      if (node != null) {
        BigDecimal bound = node.json().decimalValue().stripTrailingZeros();
        int whole = digits(bound.toBigInteger());
        if (whole + Math.max(0, bound.scale()) > EXACT_DIGITS) {
          throw node.invalid("has more than " + EXACT_DIGITS + " digits, which is not supported");
        }
        most = Math.max(most, whole);
      }
    }
    return most;
  }

  private static int fractionDigits(SchemaNode multiple) {
    BigDecimal step = multiple.json().decimalValue().stripTrailingZeros();
    if (!step.unscaledValue().equals(BigInteger.ONE) || step.scale() < 0 || step.scale() > 10) {
      throw multiple.invalid("is supported only if it is 1, 0.1, 0.01 and so on");
    }
    return step.scale();
  }

  private static Expression possible(Expression numbers, Keywords keywords) {
    if (numbers.equals(Texts.NOTHING)) {
      throw new InvalidSchema(
          BOUNDS.stream()
              .filter(keywords.single()::containsKey)
              .findFirst()
              .map(keyword -> keywords.single().get(keyword).pointer())
              .orElseThrow(),
          "leaves no number: the bounds exclude each other");
    }
    return numbers;
  }

  private static BigInteger least(Keywords keywords) {
    DecimalRange.Bound bound = bound(keywords, "minimum", "exclusiveMinimum", 1);
    if (bound == null) {
      return null;
    }
    BigInteger whole = bound.value().setScale(0, RoundingMode.CEILING).toBigInteger();
    return bound.inclusive() || !isWhole(bound) ? whole : whole.add(BigInteger.ONE);
  }

  private static BigInteger most(Keywords keywords) {
    DecimalRange.Bound bound = bound(keywords, "maximum", "exclusiveMaximum", -1);
    if (bound == null) {
      return null;
    }
    BigInteger whole = bound.value().setScale(0, RoundingMode.FLOOR).toBigInteger();
    return bound.inclusive() || !isWhole(bound) ? whole : whole.subtract(BigInteger.ONE);
  }

  private static boolean isWhole(DecimalRange.Bound bound) {
    return isMultiple(bound.value(), BigDecimal.ONE);
  }

  /**
   * The stricter of two bounds; null if there is none.
   *
   * @param sign 1 if the larger is the stricter one, -1 if the smaller is
   */
  private static DecimalRange.Bound bound(
      Keywords keywords, String inclusive, String exclusive, int sign) {
    BigDecimal with = keywords.number(inclusive).orElse(null);
    BigDecimal without = keywords.number(exclusive).orElse(null);
    if (without != null && (with == null || Integer.signum(without.compareTo(with)) != -sign)) {
      return new DecimalRange.Bound(without, false);
    }
    return with == null ? null : new DecimalRange.Bound(with, true);
  }

  private static boolean isMultiple(BigDecimal value, BigDecimal of) {
    return value.remainder(of).signum() == 0;
  }

  private static int digits(BigInteger value) {
    return value == null ? 0 : value.abs().toString().length();
  }

  private static BigInteger nines(int digits) {
    return BigInteger.TEN.pow(digits).subtract(BigInteger.ONE);
  }
}
