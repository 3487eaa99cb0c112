package dev.lanewise.server.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.Grammar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The numbers of ranges, against comparing them one by one. */
final class NumberRangesTest {
  @Test
  void hasExactlyTheIntegersOfARange() {
    for (int least = -120; least <= 120; least += 3) {
      for (int most = least; most <= 125; most += 7) {
        Grammar range = Grammar.of(integers(least, most));
        for (int i = -130; i <= 130; i++) {
          boolean in = i >= least && i <= most;
          assertEquals(
              in,
              TextMatcher.matches(range, Integer.toString(i)),
              i + " in " + least + ".." + most);
        }
      }
    }
  }

  @Test
  void hasTheEndsOfLongRanges() {
    Grammar range = Grammar.of(integers(-98_765_432_101L, 1_000_000_000_000_000_000L));
    for (String inside : List.of("-98765432101", "0", "7", "1000000000000000000", "999999999999")) {
      assertTrue(TextMatcher.matches(range, inside), inside);
    }
    for (String outside :
        List.of("-98765432102", "1000000000000000001", "-0", "00", "007", "-", "", "1.0", "+1")) {
      assertFalse(TextMatcher.matches(range, outside), outside);
    }
  }

  @Test
  void hasNoIntegersBetweenExclusiveNeighbours() {
    assertEquals(Texts.NOTHING, integers(5, 4));
  }

  @Test
  void hasExactlyTheDecimalsOfARange() {
    List<String> bounds =
        List.of(
            "-1.05", "-1", "-0.5", "-0.01", "0", "0.01", "0.1", "0.95", "1", "1.2", "10", "12.34");
    for (String least : bounds) {
      for (String most : bounds) {
        for (boolean fromInclusive : new boolean[] {true, false}) {
          for (boolean toInclusive : new boolean[] {true, false}) {
            checkDecimals(least, most, fromInclusive, toInclusive);
          }
        }
      }
    }
  }

  private static void checkDecimals(
      String least, String most, boolean fromInclusive, boolean toInclusive) {
    BigDecimal low = new BigDecimal(least);
    BigDecimal high = new BigDecimal(most);
    Grammar range =
        Grammar.of(
            new DecimalRange(3)
                .between(
                    new DecimalRange.Bound(low, fromInclusive),
                    new DecimalRange.Bound(high, toInclusive)));
    for (int cents = -130; cents <= 1_300; cents += cents > 140 && cents < 990 ? 50 : 1) {
      for (int scale = 2; scale <= 3; scale++) {
        BigDecimal number = BigDecimal.valueOf(cents, 2).setScale(scale);
        int toLow = number.compareTo(low);
        int toHigh = number.compareTo(high);
        boolean in =
            (toLow > 0 || toLow == 0 && fromInclusive)
                && (toHigh < 0 || toHigh == 0 && toInclusive);
        assertEquals(
            in,
            TextMatcher.matches(range, number.toPlainString()),
            number + " in " + low + ".." + high + " " + fromInclusive + " " + toInclusive);
        if (number.stripTrailingZeros().scale() <= 0) {
          String whole = number.setScale(0).toPlainString();
          assertEquals(in, TextMatcher.matches(range, whole), whole + " in " + low + ".." + high);
        }
      }
    }
    assertFalse(TextMatcher.matches(range, "0.9999"));
    assertFalse(TextMatcher.matches(range, "1."));
    assertFalse(TextMatcher.matches(range, ".5"));
    assertFalse(TextMatcher.matches(range, "01.1"));
  }

  private static Expression integers(long least, long most) {
    return IntegerRange.of(BigInteger.valueOf(least), BigInteger.valueOf(most));
  }
}
