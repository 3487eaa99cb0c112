package dev.lanewise.math.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares the vector kernels with the scalar ones that define them. */
final class AttentionKernelsTest {
  @ParameterizedTest
  @CsvSource({
    "2, 1",
    "16, 1",
    "16, 7",
    "32, 33",
    "64, 1",
    "64, 2",
    "64, 257",
    "80, 19",
    "96, 64",
    "128, 100"
  })
  void vectorAndScalarAgree(int headDim, int positions) {
    for (KvFormat format : KvFormat.values()) {
      Random random = new Random(headDim);
      long rowBytes = 2L * headDim * format.bytes();
      try (Arena arena = Arena.ofShared()) {
        MemorySegment kv = arena.allocate(rowBytes * positions, 64);
        AttentionKernels vector = Kernels.best().attention();
        float[] row = new float[2 * headDim];
        for (int i = 0; i < positions; i++) {
          for (int d = 0; d < row.length; d++) {
            row[d] = (float) random.nextGaussian();
          }
          vector.store(row, 0, kv, format, i * rowBytes, row.length);
        }
        float[] q = row.clone();
        float[] expected = attend(Kernels.scalar().attention(), q, kv, format, positions, headDim);
        float[] actual = attend(vector, q, kv, format, positions, headDim);
        assertArrayEquals(expected, actual, 1e-5f);
      }
    }
  }

  private static float[] attend(
      AttentionKernels kernels,
      float[] q,
      MemorySegment kv,
      KvFormat format,
      int positions,
      int headDim) {
    float[] out = new float[headDim];
    long half = (long) headDim * format.bytes();
    float scale = (float) (1 / Math.sqrt(headDim));
    float[] scratch = new float[positions + headDim + 16];
    kernels.attend(q, 0, kv, format, 0, half, 2 * half, positions, headDim, scale, scratch, out, 0);
    return out;
  }

  @Test
  void storesBfloat16RoundedToNearestEven() {
    float[] values = {
      1, 1 + 1 / 256f, 1 + 3 / 256f, 1 + 1 / 255f, -1 - 3 / 256f, Float.MAX_VALUE, Float.NaN
    };
    short[] expected = {0x3f80, 0x3f80, 0x3f82, 0x3f81, (short) 0xbf82, 0x7f80, 0x7fc0};
    try (Arena arena = Arena.ofShared()) {
      MemorySegment kv = arena.allocate(2L * values.length, 64);
      Kernels.best().attention().store(values, 0, kv, KvFormat.BF16, 0, values.length);
      for (int i = 0; i < values.length; i++) {
        assertEquals(expected[i], kv.getAtIndex(ValueLayout.JAVA_SHORT, i), "value " + i);
      }
    }
  }
}
