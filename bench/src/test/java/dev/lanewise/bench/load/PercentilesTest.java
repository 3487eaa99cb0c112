package dev.lanewise.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PercentilesTest {
  @Test
  void areNearestRanks() {
    double[] backwards = IntStream.range(0, 200).mapToDouble(i -> 200 - i).toArray();
    assertEquals(new Percentiles(200, 100, 180, 198, 200), Percentiles.of(backwards).orElseThrow());
    assertEquals(
        new Percentiles(3, 2, 3, 3, 3), Percentiles.of(new double[] {3, 1, 2}).orElseThrow());
    assertEquals(new Percentiles(1, 5, 5, 5, 5), Percentiles.of(new double[] {5}).orElseThrow());
  }

  @Test
  void thereAreNoneOfNothing() {
    assertTrue(Percentiles.of(new double[0]).isEmpty());
  }
}
