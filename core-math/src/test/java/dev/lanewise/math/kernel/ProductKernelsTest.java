package dev.lanewise.math.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.Int8Vector;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares the vector products with the scalar ones, and both with decoded weights in double
 * precision.
 */
final class ProductKernelsTest {
  private static final int[] ROWS = {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130, 255, 257};

  /** How the bits of the weights are chosen. */
  enum Fill {
    RANDOM,
    ZEROS,
    ONES,
    DENORMAL_SCALES,
    NAN_SCALES
  }

  static List<Arguments> shapes() {
    List<Arguments> shapes = new ArrayList<>();
    for (BlockFormat format : BlockFormat.values()) {
      for (int rows : ROWS) {
        for (int blocks : new int[] {1, 2, 3, 17}) {
          int cols = Math.max(format.blockSize(), 32) * blocks;
          if ((long) rows * cols <= 40_000) {
            shapes.add(Arguments.of(format, rows, cols, Fill.RANDOM));
          }
        }
      }
      for (Fill fill : Fill.values()) {
        shapes.add(Arguments.of(format, 33, 2 * Math.max(format.blockSize(), 32), fill));
      }
    }
    shapes.add(Arguments.of(BlockFormat.Q4_1, 192, 576, Fill.RANDOM));
    shapes.add(Arguments.of(BlockFormat.Q4_1, 64, 1536, Fill.RANDOM));
    shapes.add(Arguments.of(BlockFormat.Q8_0, 100, 1536, Fill.RANDOM));
    return shapes;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void vectorAndScalarProductsAgree(BlockFormat format, int rows, int cols, Fill fill) {
    Random random = new Random(rows * 31L + cols);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(2)) {
      MemorySegment blocks = weights(format, rows * cols, fill, random, arena);
      float[] x = inputs(5, cols, random);
      for (int columns : new int[] {1, 5}) {
        float[] scalar = new float[columns * rows];
        float[] vector = new float[columns * rows];
        Kernels best = Kernels.best();
        f32(Kernels.scalar(), team, arena, format, blocks, rows, cols, x, columns, scalar);
        f32(best, team, arena, format, blocks, rows, cols, x, columns, vector);
        assertClose(scalar, vector, format, blocks, x, rows, cols, columns);
      }
      float[] scalar = int8(Kernels.scalar(), team, arena, format, blocks, rows, cols, x);
      float[] narrow = int8(Kernels.scalar(8), team, arena, format, blocks, rows, cols, x);
      float[] vector = int8(Kernels.best(), team, arena, format, blocks, rows, cols, x);
      assertArrayEquals(scalar, narrow, "the lanes of a tile do not change a result");
      assertClose(scalar, vector, format, blocks, x, rows, cols, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void scalarProductsAreThoseOfTheDecodedWeights(
      BlockFormat format, int rows, int cols, Fill fill) {
    Random random = new Random(rows * 37L + cols);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1)) {
      MemorySegment blocks = weights(format, rows * cols, fill, random, arena);
      float[] x = inputs(3, cols, random);
      float[] y = new float[3 * rows];
      f32(Kernels.scalar(), team, arena, format, blocks, rows, cols, x, 3, y);
      float[] decoded = new float[rows * cols];
      format.decode(blocks, 0, decoded, 0, rows * cols);
      for (int c = 0; c < 3; c++) {
        for (int r = 0; r < rows; r++) {
          double sum = 0;
          double magnitude = 0;
          for (int k = 0; k < cols; k++) {
            double product = (double) decoded[r * cols + k] * x[c * cols + k];
            sum += product;
            magnitude += Math.abs(product);
          }
          assertNear(sum, y[c * rows + r], magnitude);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void neitherCompanyNorThreadsChangeAResult(BlockFormat format, int rows, int cols, Fill fill) {
    Random random = new Random(rows * 41L + cols);
    try (Arena arena = Arena.ofShared();
        ThreadTeam one = new ThreadTeam(1);
        ThreadTeam three = new ThreadTeam(3)) {
      MemorySegment blocks = weights(format, rows * cols, fill, random, arena);
      float[] x = inputs(9, cols, random);
      float[] together = new float[9 * rows];
      Kernels best = Kernels.best();
      f32(best, three, arena, format, blocks, rows, cols, x, 9, together);
      for (int c = 0; c < 9; c++) {
        float[] column = java.util.Arrays.copyOfRange(x, c * cols, (c + 1) * cols);
        float[] alone = new float[rows];
        f32(best, one, arena, format, blocks, rows, cols, column, 1, alone);
        assertArrayEquals(alone, java.util.Arrays.copyOfRange(together, c * rows, (c + 1) * rows));
      }
      assertArrayEquals(
          int8(best, one, arena, format, blocks, rows, cols, x),
          int8(best, three, arena, format, blocks, rows, cols, x));
    }
  }

  private static void f32(
      Kernels kernels,
      ThreadTeam team,
      Arena arena,
      BlockFormat format,
      MemorySegment blocks,
      int rows,
      int cols,
      float[] x,
      int columns,
      float[] y) {
    MatMul matMul = new MatMul(kernels, team);
    matMul.f32(matMul.pack(format, blocks, rows, cols, arena), x, columns, y);
  }

  private static float[] int8(
      Kernels kernels,
      ThreadTeam team,
      Arena arena,
      BlockFormat format,
      MemorySegment blocks,
      int rows,
      int cols,
      float[] x) {
    MatMul matMul = new MatMul(kernels, team);
    Matrix w = matMul.pack(format, blocks, rows, cols, arena);
    Int8Vector input = new Int8Vector(cols);
    input.quantize(x, 0, cols);
    float[] y = new float[rows];
    matMul.int8(w, input, y);
    return y;
  }

  /**
   * Two orders of summation differ by rounding: relative to the sum of the magnitudes, not to the
   * sum.
   */
  private static void assertClose(
      float[] expected,
      float[] actual,
      BlockFormat format,
      MemorySegment blocks,
      float[] x,
      int rows,
      int cols,
      int columns) {
    float[] decoded = new float[rows * cols];
    format.decode(blocks, 0, decoded, 0, rows * cols);
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < rows; r++) {
        double magnitude = 0;
        for (int k = 0; k < cols; k++) {
          magnitude += Math.abs((double) decoded[r * cols + k] * x[c * cols + k]);
        }
        assertNear(expected[c * rows + r], actual[c * rows + r], magnitude);
      }
    }
  }

  private static void assertNear(double expected, double actual, double magnitude) {
    if (Double.isNaN(expected) || Double.isInfinite(magnitude)) {
      assertTrue(
          !Double.isFinite(actual) || !Double.isFinite((float) magnitude),
          () -> "expected no finite number, got " + actual);
    } else {
      // A Q4_1 row is summed as d (q - 8) and m + 8 d: up to 16 times the magnitude passes through.
      assertEquals(expected, actual, 3e-6 * magnitude + 1e-37);
    }
  }

  private static float[] inputs(int columns, int cols, Random random) {
    float[] x = new float[columns * cols];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    // Extremes of a block: one large value rounds the others away; signs at the limit of 8 bits.
    x[0] = 100;
    java.util.Arrays.fill(x, cols - 32, cols, -1.5f);
    return x;
  }

  /** Random weights of moderate scale, or the bits that {@code fill} says. */
  private static MemorySegment weights(
      BlockFormat format, int elements, Fill fill, Random random, Arena arena) {
    MemorySegment blocks = arena.allocate(format.bytesFor(elements), 64);
    byte[] bytes = new byte[(int) blocks.byteSize()];
    if (fill != Fill.ZEROS) {
      random.nextBytes(bytes);
    }
    if (fill == Fill.ONES) {
      java.util.Arrays.fill(bytes, (byte) 0xff);
    }
    MemorySegment.copy(bytes, 0, blocks, ValueLayout.JAVA_BYTE, 0, bytes.length);
    for (long at = 0; at < bytes.length; at += format.blockBytes()) {
      for (long scale : scaleOffsets(format)) {
        float value =
            switch (fill) {
              case RANDOM, ONES -> (random.nextFloat() - 0.5f) / 8;
              case ZEROS -> 0;
              case DENORMAL_SCALES -> 3e-7f;
              case NAN_SCALES -> Float.NaN;
            };
        setScale(format, blocks, at + scale, value);
      }
    }
    return blocks;
  }

  /** Where the floating-point fields of a block are. */
  private static long[] scaleOffsets(BlockFormat format) {
    return switch (format) {
      case F32, F16, BF16, Q4_0, Q5_0, Q8_0, IQ4_NL, MXFP4 -> new long[] {0};
      case Q4_1, Q5_1, Q4_K, Q5_K -> new long[] {0, 2};
      case Q6_K -> new long[] {208};
      case NVFP4 -> new long[] {0, 1, 2, 3};
    };
  }

  private static void setScale(BlockFormat format, MemorySegment blocks, long at, float value) {
    switch (format) {
      case F32 -> blocks.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
      case BF16 ->
          blocks.set(
              ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) (Float.floatToIntBits(value) >> 16));
      // A scale of 8 bits has no sign: the exponent of the value near 2^-4, for E4M3 a code there.
      case MXFP4 ->
          blocks.set(
              ValueLayout.JAVA_BYTE,
              at,
              (byte) (Float.isNaN(value) ? 255 : Math.getExponent(value) + 127));
      case NVFP4 ->
          blocks.set(
              ValueLayout.JAVA_BYTE, at, (byte) (value == 0 ? 0 : Float.isNaN(value) ? 127 : 24));
      default -> blocks.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(value));
    }
  }
}
