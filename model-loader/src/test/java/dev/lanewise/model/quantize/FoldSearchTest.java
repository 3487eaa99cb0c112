package dev.lanewise.model.quantize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.ScaleSearch;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.quantize.ChannelFold.Maker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FoldSearchTest {
  private static final ThreadTeam TEAM = new ThreadTeam(2);
  private static final int ROWS = 600;
  private static final int COLS = 128;

  @AfterAll
  static void close() {
    TEAM.close();
  }

  private static RawBlocks matrix(Arena arena) {
    Random random = new Random(3);
    MemorySegment floats = arena.allocate((long) ROWS * COLS * Float.BYTES);
    for (int i = 0; i < ROWS * COLS; i++) {
      floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return new RawBlocks(BlockFormat.F32, floats, ROWS, COLS);
  }

  /** One column of 32 has inputs 30 times as large as the others. */
  private static float[] unevenSquares() {
    float[] squares = new float[COLS];
    for (int i = 0; i < COLS; i++) {
      squares[i] = i % 32 == 0 ? 900 : 1;
    }
    return squares;
  }

  private static Optional<float[]> best(RawBlocks weights, BlockFormat target, float[] squares) {
    int[] elementOf = IntStream.range(0, COLS).toArray();
    ChannelFold fold =
        new ChannelFold(List.of(new Maker("norm", 0)), List.of("matrix"), COLS, elementOf);
    FoldSearch.Reader reader = new FoldSearch.Reader(weights, target, squares);
    return new FoldSearch(fold, List.of(reader), TEAM).best();
  }

  /** The expected squared error of the outputs of the whole matrix, scaled by factors. */
  private static double error(
      RawBlocks weights, BlockFormat target, float[] squares, float[] factors, Arena arena) {
    float[] rows = new float[ROWS];
    Arrays.fill(rows, 1);
    float[] columns = new float[COLS];
    float[] scaledSquares = new float[COLS];
    for (int i = 0; i < COLS; i++) {
      columns[i] = 1 / factors[i];
      scaledSquares[i] = squares[i] * factors[i] * factors[i];
    }
    RawBlocks scaled = ScaledTensors.scaled(weights, 1, rows, columns, arena, TEAM);
    ScaleSearch search = new ScaleSearch(Optional.of(scaledSquares), false);
    RawBlocks encoded = scaled.convert(target, search, arena, TEAM);
    float[] decoded = new float[COLS];
    float[] exact = new float[COLS];
    double error = 0;
    for (int row = 0; row < ROWS; row++) {
      weights.decode(row, 0, COLS, exact, 0);
      encoded.decode(row, 0, COLS, decoded, 0);
      for (int i = 0; i < COLS; i++) {
        double miss = (double) exact[i] - decoded[i] * factors[i];
        error += squares[i] * miss * miss;
      }
    }
    return error;
  }

  @ParameterizedTest
  @EnumSource(
      value = BlockFormat.class,
      names = {"MXFP4", "NVFP4"})
  void largeInputsGetThePreciseNumbers(BlockFormat target) {
    try (Arena arena = Arena.ofShared()) {
      RawBlocks weights = matrix(arena);
      float[] squares = unevenSquares();
      float[] factors = best(weights, target, squares).orElseThrow();
      assertTrue(factors[0] < factors[1], "the inputs that are large become smaller");
      for (int i = 0; i < COLS; i++) {
        assertEquals(factors[i % 32 == 0 ? 0 : 1], factors[i], "column " + i);
        assertEquals(0, Float.floatToIntBits(factors[i]) & 0x7fffff, "not a power of two");
      }
      float[] none = new float[COLS];
      Arrays.fill(none, 1);
      double before = error(weights, target, squares, none, arena);
      double after = error(weights, target, squares, factors, arena);
      assertTrue(after < 0.98 * before, after + " of " + before);
    }
  }

  @Test
  void evenInputsStayAsTheyAre() {
    try (Arena arena = Arena.ofShared()) {
      float[] even = new float[COLS];
      Arrays.fill(even, 1);
      assertEquals(Optional.empty(), best(matrix(arena), BlockFormat.MXFP4, even));
    }
  }
}
