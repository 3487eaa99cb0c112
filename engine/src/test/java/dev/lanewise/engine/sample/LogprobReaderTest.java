package dev.lanewise.engine.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.engine.TokenLogprobs;
import dev.lanewise.math.kernel.Kernels;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LogprobReaderTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 20})
  void tellsTheLogarithmsOfTheProbabilities(int top) {
    int vocabulary = 1000;
    int from = 7;
    float[] logits = new float[from + vocabulary];
    Random random = new Random(top);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (5 * random.nextGaussian());
    }
    double sum = 0;
    for (int i = 0; i < vocabulary; i++) {
      sum += Math.exp(logits[from + i]);
    }
    int[] falling =
        IntStream.range(0, vocabulary)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -logits[from + i]))
            .limit(top)
            .mapToInt(i -> i)
            .toArray();
    LogprobReader reader = new LogprobReader(Kernels.best().floats(), vocabulary);
    reader.take(logits, from);
    TokenLogprobs read = reader.of(123, top);
    assertEquals(123, read.token());
    assertEquals(logits[from + 123] - Math.log(sum), read.logprob(), 1e-4);
    assertArrayEquals(falling, read.topTokens());
    for (int i = 0; i < top; i++) {
      assertEquals(logits[from + falling[i]] - Math.log(sum), read.topLogprobs()[i], 1e-4);
    }
  }

  @Test
  void theLowerOfEqualTokensComesFirst() {
    LogprobReader reader = new LogprobReader(Kernels.best().floats(), 5);
    reader.take(new float[] {1, 3, 2, 3, 2}, 0);
    assertArrayEquals(new int[] {1, 3, 2}, reader.of(0, 3).topTokens());
    assertArrayEquals(new int[] {1, 3, 2, 4, 0}, reader.of(0, 20).topTokens());
  }
}
