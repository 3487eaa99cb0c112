package dev.lanewise.math.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the vector kernels with the scalar ones that define them. */
final class AttentionKernelsTest {
  private static final int[] HEAD_DIMS = {2, 16, 32, 64, 80, 96, 128, 256};
  private static final int MOST_QUERIES = 9;
  private static final int STRIDE = 3 * KvLayout.POSITIONS;
  private static final int AT = KvLayout.POSITIONS;

  private final AttentionKernels vector = Kernels.best().attention();
  private final AttentionKernels scalar = Kernels.scalar().attention();
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void free() {
    arena.close();
  }

  /** A block, not at the start of its segment, filled with random keys and values. */
  private final class Block {
    final KvLayout layout;
    final MemorySegment kv;
    final long at;
    final MemorySegment unpacked;
    final float[][] keys = new float[KvLayout.POSITIONS][];
    final float[][] values = new float[KvLayout.POSITIONS][];

    Block(KvFormat format, int headDim, Random random) {
      layout = new KvLayout(format, headDim);
      kv = arena.allocate(3 * layout.blockBytes(), 64);
      at = layout.blockBytes();
      unpacked = arena.allocate(4L * KvLayout.POSITIONS * layout.dims(), 64);
      for (int position = 0; position < KvLayout.POSITIONS; position++) {
        keys[position] = gaussians(headDim, random);
        values[position] = gaussians(headDim, random);
        vector.store(layout, kv, at, position, keys[position], 0, values[position], 0);
      }
    }

    float[] scores(AttentionKernels kernels, float[] q, int queries) {
      float[] scores = new float[queries * STRIDE + AT];
      kernels.scores(layout, kv, at, q, queries, scores, AT, STRIDE, unpacked);
      return scores;
    }

    float[] sums(AttentionKernels kernels, float[] weights, float[] start, int queries) {
      float[] sums = Arrays.copyOf(start, queries * layout.dims());
      kernels.addValues(layout, kv, at, weights.clone(), AT, STRIDE, queries, sums, unpacked);
      return sums;
    }

    /** Rows of queries or sums: random, with zeros from the head's dimension on. */
    float[] rows(int rows, Random random) {
      float[] all = new float[rows * layout.dims()];
      for (int row = 0; row < rows; row++) {
        float[] one = gaussians(layout.headDim(), random);
        System.arraycopy(one, 0, all, row * layout.dims(), one.length);
      }
      return all;
    }
  }

  private static float[] gaussians(int n, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  @ParameterizedTest
  @EnumSource
  void vectorAndScalarScoresAgree(KvFormat format) {
    for (int headDim : HEAD_DIMS) {
      Random random = new Random(headDim);
      Block block = new Block(format, headDim, random);
      float[] q = block.rows(MOST_QUERIES, random);
      for (int queries = 1; queries <= MOST_QUERIES; queries++) {
        assertArrayEquals(
            block.scores(scalar, q, queries),
            block.scores(vector, q, queries),
            1e-4f,
            headDim + " dimensions, " + queries + " queries");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void vectorAndScalarSumsAgree(KvFormat format) {
    for (int headDim : HEAD_DIMS) {
      Random random = new Random(headDim);
      Block block = new Block(format, headDim, random);
      float[] weights = gaussians(MOST_QUERIES * STRIDE + AT, random);
      float[] start = block.rows(MOST_QUERIES, random);
      for (int queries = 1; queries <= MOST_QUERIES; queries++) {
        assertArrayEquals(
            block.sums(scalar, weights, start, queries),
            block.sums(vector, weights, start, queries),
            1e-4f,
            headDim + " dimensions, " + queries + " queries");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aQueryIsComputedAloneAsInCompany(KvFormat format) {
    Random random = new Random(1);
    Block block = new Block(format, 80, random);
    int dims = block.layout.dims();
    float[] q = block.rows(MOST_QUERIES, random);
    float[] weights = gaussians(MOST_QUERIES * STRIDE + AT, random);
    float[] start = block.rows(MOST_QUERIES, random);
    for (int queries = 1; queries <= MOST_QUERIES; queries++) {
      float[] scores = block.scores(vector, q, queries);
      float[] sums = block.sums(vector, weights, start, queries);
      for (int i = 0; i < queries; i++) {
        int end = (i + 1) * dims;
        float[] alone = block.scores(vector, Arrays.copyOfRange(q, i * dims, end), 1);
        assertArrayEquals(
            Arrays.copyOfRange(alone, AT, AT + KvLayout.POSITIONS),
            Arrays.copyOfRange(scores, AT + i * STRIDE, AT + i * STRIDE + KvLayout.POSITIONS));
        float[] ownWeights = Arrays.copyOfRange(weights, i * STRIDE, AT + (i + 1) * STRIDE);
        float[] ownStart = Arrays.copyOfRange(start, i * dims, end);
        assertArrayEquals(
            block.sums(vector, ownWeights, ownStart, 1), Arrays.copyOfRange(sums, i * dims, end));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsStoredIsCloseToWhatWasGiven(KvFormat format) {
    double step = // half of the distance between neighbours, relative to the largest element
        switch (format) {
          case BF16 -> 1 / 256.0;
          case INT8 -> 0.5 / 127 + 1e-6;
          case F32 -> 0;
        };
    for (int headDim : HEAD_DIMS) {
      Block block = new Block(format, headDim, new Random(headDim));
      int dims = block.layout.dims();
      for (int d = 0; d < headDim; d++) {
        float[] q = new float[dims];
        q[d] = 1;
        float[] scores = block.scores(scalar, q, 1);
        for (int p = 0; p < KvLayout.POSITIONS; p++) {
          assertEquals(block.keys[p][d], scores[AT + p], step * largest(block.keys[p]));
        }
      }
      for (int p = 0; p < KvLayout.POSITIONS; p++) {
        float[] weights = new float[STRIDE + AT];
        weights[AT + p] = 1;
        float[] sums = block.sums(scalar, weights, new float[dims], 1);
        for (int d = 0; d < headDim; d++) {
          assertEquals(block.values[p][d], sums[d], step * largest(block.values[p]));
        }
      }
    }
  }

  private static double largest(float[] x) {
    double largest = 0;
    for (float value : x) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  @ParameterizedTest
  @EnumSource
  void aBlockIsLaidOutWithoutGapsOrOverlaps(KvFormat format) {
    for (int headDim : HEAD_DIMS) {
      KvLayout layout = new KvLayout(format, headDim);
      boolean[] taken = new boolean[Math.toIntExact(layout.blockBytes())];
      for (int p = 0; p < KvLayout.POSITIONS; p++) {
        for (int d = 0; d < layout.dims(); d++) {
          take(taken, layout.key(0, d, p), format.bytes());
          take(taken, layout.value(0, p, d), format.bytes());
        }
        if (format == KvFormat.INT8) {
          take(taken, layout.keyScales(0) + 4L * p, 4);
          take(taken, layout.valueScales(0) + 4L * p, 4);
        }
      }
      for (boolean byteTaken : taken) {
        assertEquals(true, byteTaken);
      }
      assertEquals(0, layout.blockBytes() % 64);
    }
  }

  private static void take(boolean[] taken, long at, int bytes) {
    for (int i = 0; i < bytes; i++) {
      assertEquals(false, taken[(int) at + i]);
      taken[(int) at + i] = true;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 64, 96, 256})
  void exponentialsAgreeAndAddUp(int n) {
    Random random = new Random(n);
    for (float spread : new float[] {0, 0.01f, 1, 30, 200}) {
      float[] expected = new float[n + 5];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = i % 7 == 3 ? Float.NEGATIVE_INFINITY : spread * random.nextFloat();
      }
      float[] actual = expected.clone();
      float max = scalar.max(expected, 5, n);
      assertEquals(max, vector.max(actual, 5, n));
      float[] lanes = new float[AttentionKernels.LANES];
      float expectedSum = scalar.exponentials(expected, 5, n, max, lanes);
      assertEquals(expectedSum, vector.exponentials(actual, 5, n, max, lanes), 2e-6 * expectedSum);
      for (int i = 0; i < expected.length; i++) {
        double tolerance = Float.isInfinite(expected[i]) ? 0 : 3e-7 * expected[i];
        assertEquals(expected[i], actual[i], tolerance, "element " + i);
      }
    }
  }

  @Test
  void bfloat16IsRoundedToNearestEven() {
    float[] values = {
      1, 1 + 1 / 256f, 1 + 3 / 256f, 1 + 1 / 255f, -1 - 3 / 256f, Float.MAX_VALUE, Float.NaN
    };
    short[] expected = {0x3f80, 0x3f80, 0x3f82, 0x3f81, (short) 0xbf82, 0x7f80, 0x7fc0};
    KvLayout layout = new KvLayout(KvFormat.BF16, values.length);
    MemorySegment kv = arena.allocate(layout.blockBytes(), 64);
    vector.store(layout, kv, 0, 3, values, 0, values, 0);
    for (int d = 0; d < values.length; d++) {
      assertEquals(expected[d], kv.get(ValueLayout.JAVA_SHORT, layout.key(0, d, 3)), "key " + d);
      assertEquals(
          expected[d], kv.get(ValueLayout.JAVA_SHORT, layout.value(0, 3, d)), "value " + d);
    }
  }
}
