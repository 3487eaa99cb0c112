package dev.lanewise.math.gather;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Compact copies multiply as the whole matrix does. */
final class GatherTest {
  private static final int ROWS = 200;
  private static final int COLS = 768;
  private static final int COLUMNS = 5;

  private static final ThreadTeam TEAM = new ThreadTeam(2);

  @AfterAll
  static void close() {
    TEAM.close();
  }

  static List<Arguments> formatsAndKernels() {
    List<Arguments> all = new ArrayList<>();
    for (BlockFormat format : BlockFormat.values()) {
      all.add(Arguments.of(format, Kernels.best()));
      all.add(Arguments.of(format, Kernels.scalar()));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("formatsAndKernels")
  void rowsKeepEveryBit(BlockFormat format, Kernels kernels) {
    int[] some = chosen(ROWS, 75);
    int[] anyOrder = {199, 0, 64, 63, 1, 130, 64};
    try (Arena arena = Arena.ofShared()) {
      MatMul matMul = new MatMul(kernels, TEAM);
      Gather gather = new Gather(kernels, TEAM);
      Matrix w = matMul.pack(format, blocks(format, arena), ROWS, COLS, arena);
      Inputs x = inputs(matMul, columns(COLS), COLS);
      for (int[] rows : List.of(some, anyOrder)) {
        Matrix compact = gather.roomForRows(w, rows.length, arena);
        TEAM.run((member, size) -> gather.rows(w, rows, compact, member, size));
        for (boolean rounded : new boolean[] {true, false}) {
          float[] whole = product(matMul, w, x, rounded);
          float[] expected = new float[COLUMNS * rows.length];
          for (int i = 0; i < expected.length; i++) {
            expected[i] = whole[i / rows.length * ROWS + rows[i % rows.length]];
          }
          assertArrayEquals(expected, product(matMul, compact, x, rounded));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("formatsAndKernels")
  void inputsAreThoseOfTheMatrix(BlockFormat format, Kernels kernels) {
    int[] some = chosen(COLS, 224);
    try (Arena arena = Arena.ofShared()) {
      MatMul matMul = new MatMul(kernels, TEAM);
      MemorySegment blocks = blocks(format, arena);
      Matrix w = matMul.pack(format, blocks, ROWS, COLS, arena);
      Matrix compact = gathered(kernels, w, some, arena);
      float[] columns = columns(some.length);
      float[] actual = product(matMul, compact, inputs(matMul, columns, some.length), false);
      float[] decoded = new float[ROWS * COLS];
      format.decode(blocks, 0, decoded, 0, decoded.length);
      double misses = 0;
      double squares = 0;
      for (int i = 0; i < actual.length; i++) {
        double sum = 0;
        for (int k = 0; k < some.length; k++) {
          sum += (double) decoded[i % ROWS * COLS + some[k]] * columns[i / ROWS * some.length + k];
        }
        misses += (sum - actual[i]) * (sum - actual[i]);
        squares += sum * sum;
      }
      double most = format.blockSize() == 1 ? 1e-6 : format == BlockFormat.MXFP4 ? 0.07 : 0.008;
      assertTrue(Math.sqrt(misses / squares) < most, "error " + Math.sqrt(misses / squares));
    }
  }

  @ParameterizedTest
  @EnumSource
  void bothKernelsCopyTheSameInputs(BlockFormat format) {
    int[] some = chosen(COLS, 224);
    float[] expected = {};
    for (Kernels kernels : List.of(Kernels.scalar(), Kernels.best())) {
      try (Arena arena = Arena.ofShared()) {
        MatMul matMul = new MatMul(kernels, TEAM);
        Matrix w = matMul.pack(format, blocks(format, arena), ROWS, COLS, arena);
        Matrix compact = gathered(kernels, w, some, arena);
        float[] columns = columns(some.length);
        float[] actual = product(matMul, compact, inputs(matMul, columns, some.length), true);
        expected = expected.length == 0 ? actual : expected;
        assertArrayEquals(expected, actual);
      }
    }
  }

  /** As {@code BlockFormat} encodes: neither format has been rounded before in F32. */
  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q8_0"})
  void inputsBecomeBlocksOfBytes(BlockFormat format) {
    int[] some = chosen(COLS, 224);
    try (Arena arena = Arena.ofShared()) {
      MatMul matMul = new MatMul(Kernels.best(), TEAM);
      MemorySegment blocks = blocks(format, arena);
      Matrix w = matMul.pack(format, blocks, ROWS, COLS, arena);
      float[] decoded = new float[ROWS * COLS];
      format.decode(blocks, 0, decoded, 0, decoded.length);
      float[] picked = new float[ROWS * some.length];
      for (int i = 0; i < picked.length; i++) {
        picked[i] = decoded[i / some.length * COLS + some[i % some.length]];
      }
      MemorySegment bytes = arena.allocate(BlockFormat.Q8_0.bytesFor(picked.length), 64);
      BlockFormat.Q8_0.encode(picked, 0, bytes, 0, picked.length);
      Matrix expected = matMul.pack(BlockFormat.Q8_0, bytes, ROWS, some.length, arena);
      Inputs x = inputs(matMul, columns(some.length), some.length);
      assertArrayEquals(
          product(matMul, expected, x, true),
          product(matMul, gathered(Kernels.best(), w, some, arena), x, true));
    }
  }

  @Test
  void wholeBlocksOfMxfp4KeepEveryBit() {
    int[] blocksOfInputs = IntStream.range(0, COLS).filter(k -> k / 32 % 3 == 1).toArray();
    for (Kernels kernels : List.of(Kernels.best(), Kernels.scalar())) {
      try (Arena arena = Arena.ofShared()) {
        MatMul matMul = new MatMul(kernels, TEAM);
        Matrix w =
            matMul.pack(BlockFormat.MXFP4, blocks(BlockFormat.MXFP4, arena), ROWS, COLS, arena);
        float[] few = columns(blocksOfInputs.length);
        float[] all = new float[COLUMNS * COLS];
        for (int i = 0; i < few.length; i++) {
          all[i / blocksOfInputs.length * COLS + blocksOfInputs[i % blocksOfInputs.length]] =
              few[i];
        }
        assertArrayEquals(
            product(matMul, w, inputs(matMul, all, COLS), true),
            product(
                matMul,
                gathered(kernels, w, blocksOfInputs, arena),
                inputs(matMul, few, blocksOfInputs.length),
                true));
      }
    }
  }

  @Test
  void memoryMayBeFilledAgain() {
    try (Arena arena = Arena.ofShared()) {
      MatMul matMul = new MatMul(Kernels.best(), TEAM);
      Gather gather = new Gather(Kernels.best(), TEAM);
      Matrix w = matMul.pack(BlockFormat.Q4_1, blocks(BlockFormat.Q4_1, arena), ROWS, COLS, arena);
      Matrix used = gather.roomForRows(w, 75, arena);
      Matrix fresh = gather.roomForRows(w, 75, arena);
      int[] some = chosen(ROWS, 75);
      int[] others = IntStream.range(ROWS - 75, ROWS).toArray();
      TEAM.run((member, size) -> gather.rows(w, others, used, member, size));
      TEAM.run((member, size) -> gather.rows(w, some, used, member, size));
      TEAM.run((member, size) -> gather.rows(w, some, fresh, member, size));
      assertEquals(-1, fresh.tiles().mismatch(used.tiles()));
    }
  }

  @Test
  void refusesInputsThatDoNotFillBlocks() {
    try (Arena arena = Arena.ofShared()) {
      Kernels kernels = Kernels.best();
      Gather gather = new Gather(kernels, TEAM);
      Matrix w =
          new MatMul(kernels, TEAM)
              .pack(BlockFormat.Q4_0, blocks(BlockFormat.Q4_0, arena), ROWS, COLS, arena);
      String message =
          assertThrows(IllegalArgumentException.class, () -> gather.roomForInputs(w, 100, arena))
              .getMessage();
      assertTrue(message.contains("100 inputs"), message);
    }
  }

  private static Matrix gathered(Kernels kernels, Matrix w, int[] inputs, Arena arena) {
    Gather gather = new Gather(kernels, TEAM);
    Matrix compact = gather.roomForInputs(w, inputs.length, arena);
    TEAM.run((member, size) -> gather.inputs(w, inputs, compact, member, size));
    return compact;
  }

  /** Some of {@code n}, in ascending order. */
  private static int[] chosen(int n, int count) {
    List<Integer> all = new ArrayList<>(IntStream.range(0, n).boxed().toList());
    Collections.shuffle(all, new Random(n));
    return all.stream().limit(count).mapToInt(i -> i).sorted().toArray();
  }

  private static MemorySegment blocks(BlockFormat format, Arena arena) {
    Random random = new Random(11);
    MemorySegment blocks = arena.allocate(format.bytesFor((long) ROWS * COLS), 64);
    float[] weights = new float[ROWS * COLS];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian() * (1 + i / 32 % 5);
    }
    format.encode(weights, 0, blocks, 0, weights.length);
    return blocks;
  }

  private static float[] columns(int length) {
    Random random = new Random(12);
    float[] x = new float[COLUMNS * length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private static Inputs inputs(MatMul matMul, float[] x, int length) {
    Inputs inputs = new Inputs(COLUMNS, length);
    for (int c = 0; c < COLUMNS; c++) {
      System.arraycopy(x, c * length, inputs.floats(), c * inputs.stride(), length);
      matMul.round(inputs, COLUMNS, c, 0, length / Inputs.BLOCK, length);
    }
    return inputs;
  }

  private static float[] product(MatMul matMul, Matrix w, Inputs x, boolean rounded) {
    float[] y = new float[COLUMNS * w.rows()];
    TEAM.run(
        (member, size) -> {
          if (rounded) {
            matMul.rounded(w, x, 0, COLUMNS, y, w.rows(), member, size);
          } else {
            matMul.exact(w, x, 0, COLUMNS, y, w.rows(), member, size);
          }
        });
    return y;
  }
}
