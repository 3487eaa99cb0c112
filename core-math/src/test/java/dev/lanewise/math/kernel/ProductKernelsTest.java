package dev.lanewise.math.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares the vector products with the scalar ones, and with decoded weights in double precision.
 */
final class ProductKernelsTest {
  private static final int[] ROWS = {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130};

  /** How the bits of the weights are chosen. */
  enum Fill {
    RANDOM,
    ZEROS,
    ONES,
    DENORMAL_SCALES
  }

  static List<Arguments> shapes() {
    List<Arguments> shapes = new ArrayList<>();
    for (BlockFormat format : BlockFormat.values()) {
      for (int rows : ROWS) {
        for (int blocks : new int[] {1, 3, 9}) {
          int cols = Math.max(format.blockSize(), 32) * blocks;
          if ((long) rows * cols <= 30_000) {
            shapes.add(Arguments.of(format, rows, cols, Fill.RANDOM));
          }
        }
      }
      for (Fill fill : Fill.values()) {
        shapes.add(Arguments.of(format, 33, 2 * Math.max(format.blockSize(), 32), fill));
      }
    }
    shapes.add(Arguments.of(BlockFormat.Q4_1, 257, 576, Fill.RANDOM));
    shapes.add(Arguments.of(BlockFormat.MXFP4, 64, 1536, Fill.RANDOM));
    shapes.add(Arguments.of(BlockFormat.Q8_0, 100, 1536, Fill.RANDOM));
    return shapes;
  }

  /** What is computed. */
  private enum Product {
    ROUNDED,
    EXACT
  }

  /** The tiles of the vector kernels, for scalar kernels that compute the same. */
  private static Kernels twin() {
    return Kernels.scalar(Lanes.SHORT.length(), Lanes.avx512());
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void vectorAndScalarProductsAreEqualBitForBit(BlockFormat format, int rows, int cols, Fill fill) {
    Random random = new Random(rows * 31L + cols);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(2)) {
      MemorySegment blocks = weights(format, rows * cols, fill, random, arena);
      float[] x = inputs(35, cols, random);
      for (Product product : Product.values()) {
        for (int columns : new int[] {1, 4, 9, 21, 35}) {
          float[] scalar = product(product, twin(), team, format, blocks, rows, cols, x, columns);
          float[] vector =
              product(product, Kernels.best(), team, format, blocks, rows, cols, x, columns);
          assertArrayEquals(scalar, vector, format + " " + product + " of " + columns);
        }
      }
    }
  }

  /** Several panels deep, and more columns than are computed without panels. */
  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "MXFP4", "NVFP4", "Q6_K", "Q8_0"})
  void productsOfDeepMatricesAreEqualBitForBit(BlockFormat format) {
    int rows = 136;
    int cols = 1024;
    Random random = new Random(5);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(2)) {
      MemorySegment blocks = weights(format, rows * cols, Fill.RANDOM, random, arena);
      float[] x = inputs(50, cols, random);
      for (int columns : new int[] {11, 33, 50}) {
        assertArrayEquals(
            product(Product.ROUNDED, twin(), team, format, blocks, rows, cols, x, columns),
            product(Product.ROUNDED, Kernels.best(), team, format, blocks, rows, cols, x, columns),
            columns + " columns");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void columnsMayBeMultipliedInParts(BlockFormat format) {
    int rows = 72; // the last tile is only partly within the matrix
    int cols = 512;
    int columns = 50;
    Random random = new Random(7);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1)) {
      MatMul matMul = new MatMul(Kernels.best(), team);
      MemorySegment blocks = weights(format, rows * cols, Fill.RANDOM, random, arena);
      Matrix w = matMul.pack(format, blocks, rows, cols, arena);
      Inputs x = rounded(matMul, inputs(columns, cols, random), columns, cols);
      for (Product product : Product.values()) {
        float[] whole = new float[columns * rows];
        multiply(product, matMul, w, x, 0, columns, whole, 0, 1);
        int[] bounds = {0, 1, 3, 8, 13, 16, columns};
        float[] inParts = new float[whole.length];
        for (int part = 1; part < bounds.length; part++) {
          multiply(product, matMul, w, x, bounds[part - 1], bounds[part], inParts, 0, 1);
        }
        assertArrayEquals(whole, inParts, format + " " + product);
      }
    }
  }

  @Test
  void tinyInputsCountAsZeros() {
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1)) {
      MemorySegment blocks = weights(BlockFormat.Q4_0, 64 * 64, Fill.RANDOM, new Random(6), arena);
      for (float tiny : new float[] {Float.MIN_VALUE, 1e-38f, 1e-28f, 1e-26f}) {
        float[] x = new float[64 * 9];
        Arrays.fill(x, tiny);
        for (int columns : new int[] {1, 9}) {
          assertArrayEquals(
              product(Product.ROUNDED, twin(), team, BlockFormat.Q4_0, blocks, 64, 64, x, columns),
              product(
                  Product.ROUNDED,
                  Kernels.best(),
                  team,
                  BlockFormat.Q4_0,
                  blocks,
                  64,
                  64,
                  x,
                  columns),
              tiny + " in " + columns);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theLanesOfATileDoNotChangeAResult(BlockFormat format, int rows, int cols, Fill fill) {
    Random random = new Random(rows * 43L + cols);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(2)) {
      MemorySegment blocks = weights(format, rows * cols, fill, random, arena);
      float[] x = inputs(1, cols, random);
      for (Product product : List.of(Product.ROUNDED, Product.EXACT)) {
        float[] expected =
            product(product, Kernels.scalar(16, false), team, format, blocks, rows, cols, x, 1);
        for (Kernels other : List.of(Kernels.scalar(8, false), Kernels.scalar(16, true))) {
          assertArrayEquals(
              expected,
              product(product, other, team, format, blocks, rows, cols, x, 1),
              format + " " + product);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void productsAreThoseOfTheDecodedWeights(BlockFormat format, int rows, int cols, Fill fill) {
    Random random = new Random(rows * 37L + cols);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1)) {
      MemorySegment blocks = weights(format, rows * cols, fill, random, arena);
      float[] x = inputs(3, cols, random);
      float[] decoded = new float[rows * cols];
      format.decode(blocks, 0, decoded, 0, rows * cols);
      float[] exact =
          product(Product.EXACT, Kernels.best(), team, format, blocks, rows, cols, x, 3);
      assertProducts(format + " exact", decoded, x, exact, rows, cols, 3);
      if (format.blockSize() > 1) {
        float[] rounded =
            product(Product.ROUNDED, Kernels.best(), team, format, blocks, rows, cols, x, 3);
        assertProducts(format + " rounded", decoded, rounded(x, 3, cols), rounded, rows, cols, 3);
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
      float[] x = inputs(19, cols, random);
      for (Product product : Product.values()) {
        float[] together =
            product(product, Kernels.best(), three, format, blocks, rows, cols, x, 19);
        for (int c = 0; c < 19; c++) {
          float[] column = Arrays.copyOfRange(x, c * cols, (c + 1) * cols);
          assertArrayEquals(
              product(product, Kernels.best(), one, format, blocks, rows, cols, column, 1),
              Arrays.copyOfRange(together, c * rows, (c + 1) * rows),
              format + " " + product + ", column " + c);
        }
      }
    }
  }

  @Test
  void refusesScalesAndWeightsThatAreNotFinite() {
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1)) {
      MatMul matMul = new MatMul(Kernels.best(), team);
      for (BlockFormat format : BlockFormat.values()) {
        if (format == BlockFormat.NVFP4) {
          continue; // its code of NaN counts as zero
        }
        int cols = Math.max(64, format.blockSize());
        MemorySegment blocks = weights(format, 3 * cols, Fill.RANDOM, new Random(1), arena);
        long last = blocks.byteSize() - format.blockBytes();
        for (long field : scaleOffsets(format)) {
          MemorySegment damaged = arena.allocate(blocks.byteSize(), 64).copyFrom(blocks);
          setScale(format, damaged, last + field, Float.NaN);
          IllegalArgumentException refusal =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> matMul.pack(format, damaged, 3, cols, arena));
          assertTrue(refusal.getMessage().contains("row 2"), refusal.getMessage());
        }
      }
    }
  }

  @Test
  void nvfp4HasAFactorForAllWeights() {
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1)) {
      MatMul matMul = new MatMul(Kernels.best(), team);
      MemorySegment blocks = weights(BlockFormat.NVFP4, 64 * 64, Fill.RANDOM, new Random(1), arena);
      float[] x = inputs(1, 64, new Random(2));
      float[] once = new float[64];
      float[] quarter = new float[64];
      Inputs inputs = rounded(matMul, x, 1, 64);
      Matrix plain = matMul.pack(BlockFormat.NVFP4, blocks, 64, 64, arena);
      Matrix scaled = matMul.pack(BlockFormat.NVFP4, blocks, 64, 64, 0.25f, arena);
      matMul.rounded(plain, inputs, 0, 1, once, 0, 0, 1);
      matMul.rounded(scaled, inputs, 0, 1, quarter, 0, 0, 1);
      for (int r = 0; r < 64; r++) {
        assertEquals(once[r] / 4, quarter[r]);
      }
      assertThrows(
          IllegalArgumentException.class,
          () -> matMul.pack(BlockFormat.MXFP4, blocks, 64, 64, 0.25f, arena));
    }
  }

  /** {@code [columns, rows]} of the products. */
  private static float[] product(
      Product product,
      Kernels kernels,
      ThreadTeam team,
      BlockFormat format,
      MemorySegment blocks,
      int rows,
      int cols,
      float[] x,
      int columns) {
    MatMul matMul = new MatMul(kernels, team);
    try (Arena arena = Arena.ofShared()) {
      Matrix w = matMul.pack(format, blocks, rows, cols, arena);
      Inputs inputs = rounded(matMul, x, columns, cols);
      float[] y = new float[columns * rows];
      team.run((member, size) -> multiply(product, matMul, w, inputs, 0, columns, y, member, size));
      return y;
    }
  }

  private static void multiply(
      Product product,
      MatMul matMul,
      Matrix w,
      Inputs x,
      int first,
      int end,
      float[] y,
      int member,
      int size) {
    switch (product) {
      case ROUNDED -> matMul.rounded(w, x, first, end, y, w.rows(), member, size);
      case EXACT -> matMul.exact(w, x, first, end, y, w.rows(), member, size);
    }
  }

  private static Inputs rounded(MatMul matMul, float[] x, int columns, int cols) {
    Inputs inputs = new Inputs(columns, cols);
    for (int c = 0; c < columns; c++) {
      System.arraycopy(x, c * cols, inputs.floats(), c * inputs.stride(), cols);
      matMul.round(inputs, columns, c, 0, cols / Inputs.BLOCK, cols);
    }
    return inputs;
  }

  /** The columns as they are after rounding to 8 bits. */
  private static float[] rounded(float[] x, int columns, int cols) {
    try (ThreadTeam team = new ThreadTeam(1)) {
      Inputs inputs = rounded(new MatMul(Kernels.scalar(), team), x, columns, cols);
      float[] result = new float[columns * cols];
      for (int c = 0; c < columns; c++) {
        for (int k = 0; k < cols; k++) {
          int q = (short) inputs.doubled()[c * inputs.stride() + k];
          float scale = inputs.scales()[c * inputs.blockStride() + k / Inputs.BLOCK];
          result[c * cols + k] = q * scale;
          assertEquals(x[c * cols + k], q * scale, scale * 0.5001);
        }
      }
      return result;
    }
  }

  private static void assertProducts(
      String what, float[] weights, float[] x, float[] actual, int rows, int cols, int columns) {
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < rows; r++) {
        double sum = 0;
        double magnitude = 0;
        for (int k = 0; k < cols; k++) {
          double product = (double) weights[r * cols + k] * x[c * cols + k];
          sum += product;
          magnitude += Math.abs(product);
        }
        // A row with minima is summed as (code - 8) d and m + 8 d: up to 16 times as much.
        assertEquals(sum, actual[c * rows + r], 3e-6 * magnitude + 1e-37, what);
      }
    }
  }

  private static float[] inputs(int columns, int cols, Random random) {
    float[] x = new float[columns * cols];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    // Extremes of a block: one large value rounds the others away; signs at the limit of 8 bits.
    x[0] = 100;
    Arrays.fill(x, cols - 32, cols, -1.5f);
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
      Arrays.fill(bytes, (byte) 0xff);
    }
    MemorySegment.copy(bytes, 0, blocks, ValueLayout.JAVA_BYTE, 0, bytes.length);
    for (long at = 0; at < bytes.length; at += format.blockBytes()) {
      for (long scale : scaleOffsets(format)) {
        float value =
            switch (fill) {
              case RANDOM, ONES -> (random.nextFloat() - 0.5f) / 8;
              case ZEROS -> 0;
              case DENORMAL_SCALES -> 3e-7f;
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
