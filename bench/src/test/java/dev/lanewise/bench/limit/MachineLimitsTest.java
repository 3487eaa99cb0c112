package dev.lanewise.bench.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MachineLimitsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void everyRepetitionHasItsFigures(int threads) {
    MachineLimits limits = MachineLimits.measure(threads, 2);
    assertEquals(threads, limits.threads());
    assertEquals(2, limits.bytesPerSecond().size());
    assertEquals(2, limits.flopPerSecond().size());
    assertTrue(Collections.min(limits.bytesPerSecond()) > 0);
    assertTrue(Collections.min(limits.flopPerSecond()) > 0);
    assertEquals(Collections.max(limits.bytesPerSecond()), limits.bestBytesPerSecond());
    assertEquals(Collections.max(limits.flopPerSecond()), limits.bestFlopPerSecond());
  }
}
