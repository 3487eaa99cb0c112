package dev.lanewise.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.IntSummaryStatistics;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LengthsTest {
  private static IntSummaryStatistics drawn(String text) {
    SplittableRandom random = new SplittableRandom(1);
    Lengths lengths = Lengths.parse(text);
    return IntStream.range(0, 20_000).map(i -> lengths.draw(random)).summaryStatistics();
  }

  @Test
  void aNumberIsAlwaysThatLength() {
    assertEquals(7, drawn("7").getMin());
    assertEquals(7, drawn("7").getMax());
  }

  @Test
  void aRangeIsUniformWithBothEnds() {
    IntSummaryStatistics lengths = drawn("50-60");
    assertEquals(50, lengths.getMin());
    assertEquals(60, lengths.getMax());
    assertEquals(55, lengths.getAverage(), 0.2);
  }

  @Test
  void aTildeIsExponentialAndCut() {
    IntSummaryStatistics lengths = drawn("~100");
    assertEquals(1, lengths.getMin());
    assertEquals(400, lengths.getMax());
    assertEquals(100 * (1 - Math.exp(-4)), lengths.getAverage(), 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "0", "-5", "5-", "9-8", "~", "~5-8", "1.5", "1000001", "~0"})
  void anythingElseIsRefused(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Lengths.parse(text)).getMessage();
    assertTrue(message.startsWith("'" + text + "'"), message);
  }
}
