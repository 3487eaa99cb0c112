package dev.lanewise.math.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.ScaleSearch;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors in another format. */
final class RequantizerTest {
  private static final int ROWS = 37;
  private static final int COLS = 256;

  private static final ThreadTeam TEAM = new ThreadTeam(3);

  @AfterAll
  static void close() {
    TEAM.close();
  }

  private static float[] gaussian(double deviation) {
    Random random = new Random(3);
    float[] weights = new float[ROWS * COLS];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (deviation * random.nextGaussian());
    }
    return weights;
  }

  private static RawBlocks blocks(BlockFormat format, float[] weights, Arena arena) {
    MemorySegment blocks = arena.allocate(format.bytesFor(weights.length), 64);
    format.encode(weights, 0, blocks, 0, weights.length);
    return new RawBlocks(format, blocks, ROWS, COLS);
  }

  private static float[] decode(RawBlocks raw) {
    float[] weights = new float[raw.rows() * raw.cols()];
    for (int row = 0; row < raw.rows(); row++) {
      raw.decode(row, 0, raw.cols(), weights, row * raw.cols());
    }
    return weights;
  }

  private static double error(float[] expected, float[] actual) {
    double misses = 0;
    double squares = 0;
    for (int i = 0; i < expected.length; i++) {
      misses += Math.pow((double) expected[i] - actual[i], 2);
      squares += Math.pow(expected[i], 2);
    }
    return Math.sqrt(misses / squares);
  }

  @ParameterizedTest
  @EnumSource
  void encodesEachRowInItsPlaceWhateverTheTeam(BlockFormat format) {
    try (Arena arena = Arena.ofShared();
        ThreadTeam one = new ThreadTeam(1)) {
      float[] weights = gaussian(0.05);
      RawBlocks source = blocks(BlockFormat.F32, weights, arena);
      RawBlocks converted = source.convert(format, arena, TEAM);
      assertEquals(format, converted.format());
      assertTrue(error(weights, decode(converted)) < 0.12);
      RawBlocks alone = source.convert(format, arena, one);
      assertEquals(-1, converted.blocks().mismatch(alone.blocks()));
      assertEquals(alone.scale(), converted.scale());
    }
  }

  @Test
  void nvfp4IsAsGoodForWeightsOfAnyMagnitude() {
    try (Arena arena = Arena.ofShared()) {
      double usual = 0;
      for (double deviation : new double[] {1, 0x1p-90, 0x1p-24, 0x1p-7, 0x1p10, 0x1p120}) {
        float[] weights = gaussian(deviation);
        RawBlocks converted =
            blocks(BlockFormat.F32, weights, arena).convert(BlockFormat.NVFP4, arena, TEAM);
        double error = error(weights, decode(converted));
        usual = usual == 0 ? error : usual;
        assertEquals(usual, error, 1e-6, "deviation " + deviation);
        assertTrue(error < 0.1, "error " + error);
      }
    }
  }

  @Test
  void zerosNeedNoScale() {
    try (Arena arena = Arena.ofShared()) {
      RawBlocks zeros = blocks(BlockFormat.F32, new float[ROWS * COLS], arena);
      assertArrayEquals(
          new float[ROWS * COLS], decode(zeros.convert(BlockFormat.NVFP4, arena, TEAM)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void packedWeightsAreThoseConvertedAndOutliveTheConversion(BlockFormat format) {
    try (Arena arena = Arena.ofShared()) {
      RawBlocks source = blocks(BlockFormat.F32, gaussian(0.05), arena);
      MatMul matMul = new MatMul(Kernels.best(), TEAM);
      Matrix packed = matMul.packAs(format, source, arena);
      float[] weights = decode(source.convert(format, arena, TEAM));
      float[] x = gaussian(1);
      float[] y = new float[ROWS];
      Inputs inputs = new Inputs(1, COLS);
      System.arraycopy(x, 0, inputs.floats(), 0, COLS);
      matMul.exact(packed, inputs, 0, 1, y, ROWS, 0, 1);
      for (int r = 0; r < ROWS; r++) {
        double sum = 0;
        for (int k = 0; k < COLS; k++) {
          sum += (double) weights[r * COLS + k] * x[k];
        }
        assertEquals(sum, y[r], 1e-4, "row " + r);
      }
    }
  }

  @Test
  void aTensorThatHasTheFormatIsPackedAsItIs() {
    try (Arena arena = Arena.ofShared()) {
      RawBlocks source = blocks(BlockFormat.MXFP4, gaussian(0.05), arena);
      MatMul matMul = new MatMul(Kernels.best(), TEAM);
      Matrix packed = matMul.packAs(BlockFormat.MXFP4, source, arena);
      Matrix asItIs = matMul.pack(BlockFormat.MXFP4, source.blocks(), ROWS, COLS, arena);
      assertEquals(-1, packed.tiles().mismatch(asItIs.tiles()));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
  void aWeightThatIsNotFiniteIsNamed(float value) {
    try (Arena arena = Arena.ofShared()) {
      RawBlocks source = blocks(BlockFormat.F32, gaussian(0.05), arena);
      source.blocks().setAtIndex(ValueLayout.JAVA_FLOAT, 21L * COLS + 5, value);
      for (BlockFormat format : BlockFormat.values()) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> source.convert(format, arena, TEAM))
                .getMessage();
        assertTrue(message.startsWith("row 21: weight 5 is " + value), message);
      }
    }
  }

  @Test
  void refusesRowsThatDoNotFillBlocks() {
    try (Arena arena = Arena.ofShared()) {
      RawBlocks whole = blocks(BlockFormat.F32, gaussian(0.05), arena);
      RawBlocks odd = new RawBlocks(BlockFormat.F32, whole.blocks(), 8 * ROWS, COLS / 8);
      assertThrows(
          IllegalArgumentException.class, () -> odd.convert(BlockFormat.NVFP4, arena, TEAM));
    }
  }

  @Test
  void aWideSearchOfTheScaleOfATensorHelps() {
    try (Arena arena = Arena.ofShared()) {
      float[] weights = gaussian(0.05);
      RawBlocks source = blocks(BlockFormat.F32, weights, arena);
      RawBlocks usual = source.convert(BlockFormat.NVFP4, arena, TEAM);
      ScaleSearch wide = new ScaleSearch(Optional.empty(), true);
      RawBlocks found = source.convert(BlockFormat.NVFP4, wide, arena, TEAM);
      assertTrue(error(weights, decode(found)) < error(weights, decode(usual)));
    }
  }

  @Test
  void onlyNvfp4HasAScaleOfTheTensor() {
    try (Arena arena = Arena.ofShared()) {
      MatMul matMul = new MatMul(Kernels.best(), TEAM);
      RawBlocks source = blocks(BlockFormat.Q4_0, gaussian(0.05), arena);
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> matMul.pack(BlockFormat.Q4_0, source.blocks(), ROWS, COLS, 0.5f, arena))
              .getMessage();
      assertTrue(message.contains("Q4_0"), message);
    }
  }
}
