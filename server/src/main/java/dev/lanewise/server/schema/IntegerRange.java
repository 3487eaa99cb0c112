package dev.lanewise.server.schema;

import static dev.lanewise.server.schema.Texts.anyOf;
import static dev.lanewise.server.schema.Texts.digits;
import static dev.lanewise.server.schema.Texts.inOrder;
import static dev.lanewise.server.schema.Texts.literal;
import static dev.lanewise.server.schema.Texts.oneOf;

import dev.lanewise.engine.grammar.Expression;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The integers of a range in decimal, digit by digit, without leading zeros. */
final class IntegerRange {
  private IntegerRange() {}

  /** The integers from {@code least} to {@code most}; {@link Texts#NOTHING} if there are none. */
  static Expression of(BigInteger least, BigInteger most) {
    BigInteger one = BigInteger.ONE;
    return anyOf(
        inOrder(literal("-"), natural(most.negate().max(one), least.negate())),
        natural(least.max(BigInteger.ZERO), most));
  }

  /** The same for numbers that are not negative. */
  static Expression natural(BigInteger least, BigInteger most) {
    if (least.compareTo(most) > 0) {
      return Texts.NOTHING;
    }
    int shortest = least.toString().length();
    int longest = most.toString().length();
    if (shortest == longest) {
      return sameLength(least.toString(), most.toString());
    }
    List<Expression> lengths = new ArrayList<>();
    lengths.add(sameLength(least.toString(), "9".repeat(shortest)));
    if (longest - shortest > 1) {
      lengths.add(inOrder(oneOf('1', '9'), digits(shortest, longest - 2)));
    }
    lengths.add(sameLength("1" + "0".repeat(longest - 1), most.toString()));
    return anyOf(lengths);
  }

  /** All strings of digits between two of the same length. */
  private static Expression sameLength(String least, String most) {
    int length = least.length();
    if (isAll('0', least) && isAll('9', most)) {
      return digits(length, length);
    }
    char low = least.charAt(0);
    char high = most.charAt(0);
    String afterLow = least.substring(1);
    String afterHigh = most.substring(1);
    if (low == high) {
      return inOrder(literal(least.substring(0, 1)), sameLength(afterLow, afterHigh));
    }
    List<Expression> ways = new ArrayList<>();
    if (!isAll('0', afterLow)) {
      ways.add(
          inOrder(literal(Character.toString(low)), sameLength(afterLow, "9".repeat(length - 1))));
      low++;
    }
    boolean all = isAll('9', afterHigh);
    char lastFree = all ? high : (char) (high - 1);
    if (low <= lastFree) {
      ways.add(inOrder(oneOf(low, lastFree), digits(length - 1, length - 1)));
    }
    if (!all) {
      ways.add(
          inOrder(
              literal(Character.toString(high)), sameLength("0".repeat(length - 1), afterHigh)));
    }
    return anyOf(ways);
  }

  private static boolean isAll(char digit, String digits) {
    return digits.chars().allMatch(c -> c == digit);
  }
}
