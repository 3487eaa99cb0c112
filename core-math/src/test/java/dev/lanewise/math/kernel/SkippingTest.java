package dev.lanewise.math.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products that leave zeros out are those that do not, bit for bit. */
final class SkippingTest {
  private static final int[] ROWS = {1, 31, 32, 33, 64, 65, 130, 257};
  private static final double[] ACTIVE = {0, 0.05, 0.3, 0.5, 0.9, 1};

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "MXFP4", "NVFP4"})
  void productsAreThoseThatLeaveNothingOut(BlockFormat format) {
    Random random = new Random(9);
    for (int rows : ROWS) {
      for (int cols : new int[] {64, 320, 1536}) {
        try (Arena arena = Arena.ofShared();
            ThreadTeam team = new ThreadTeam(3)) {
          MatMul matMul = new MatMul(Kernels.best(), team);
          Matrix w =
              matMul.pack(format, weights(format, rows, cols, random, arena), rows, cols, arena);
          Optional<InputMajor> turned = matMul.inputMajor(w, arena);
          if (turned.isEmpty()) {
            assertTrue(w.layout().units().fourBits(), format + " on a machine without AVX-512");
            continue;
          }
          for (double active : ACTIVE) {
            Inputs x = inputs(matMul, cols, active, random);
            float[] expected = new float[rows];
            float[] actual = new float[rows];
            Arrays.fill(actual, Float.NaN);
            team.run((member, size) -> matMul.rounded(w, x, 0, 1, expected, rows, member, size));
            team.run(
                (member, size) -> matMul.skipping(turned.get(), x, 0, actual, rows, member, size));
            assertArrayEquals(expected, actual, format + ", " + rows + " rows, " + active);
          }
        }
      }
    }
  }

  /** Whole blocks of zeros too, and values at the limits of 8 bits. */
  private static Inputs inputs(MatMul matMul, int cols, double active, Random random) {
    Inputs x = new Inputs(1, cols);
    for (int k = 0; k < cols; k++) {
      boolean blockIsZero = k / Inputs.BLOCK % 5 == 4 && active < 1;
      if (!blockIsZero && random.nextDouble() < active) {
        x.floats()[k] = k % 7 == 0 ? -3 : (float) random.nextGaussian();
      }
    }
    matMul.round(x, 1, 0, 0, cols / Inputs.BLOCK, cols);
    return x;
  }

  private static MemorySegment weights(
      BlockFormat format, int rows, int cols, Random random, Arena arena) {
    float[] weights = new float[rows * cols];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian() * (i % 11 == 0 ? 4 : 1);
    }
    MemorySegment blocks = arena.allocate(format.bytesFor(weights.length), 64);
    format.encode(weights, 0, blocks, 0, weights.length);
    return blocks;
  }
}
