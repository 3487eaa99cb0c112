package dev.lanewise.math;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compiled products allocate nothing. A kernel that C2 does not inline whole boxes its vectors,
 * which is right all the same and several times slower: this test is what notices.
 */
final class ProductAllocationTest {
  private static final int ROWS = 256;
  private static final int COLS = 512;
  private static final int COLUMNS = 35;

  private interface Product {
    void compute();
  }

  @ParameterizedTest
  @EnumSource
  void productsAllocateNothingOnceTheyAreCompiled(BlockFormat format) {
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1)) {
      MatMul matMul = new MatMul(Kernels.best(), team);
      MemorySegment blocks = arena.allocate(format.bytesFor((long) ROWS * COLS), 64);
      Matrix w = matMul.pack(format, blocks, ROWS, COLS, arena);
      Inputs x = new Inputs(COLUMNS, COLS);
      float[] y = new float[COLUMNS * ROWS];
      assertAllocatesNothing(
          format + " exact", () -> matMul.exact(w, x, 0, COLUMNS, y, ROWS, 0, 1));
      assertAllocatesNothing(
          format + ", columns", () -> matMul.rounded(w, x, 0, COLUMNS, y, ROWS, 0, 1));
      assertAllocatesNothing(
          format + ", few columns", () -> matMul.rounded(w, x, 0, 9, y, ROWS, 0, 1));
      assertAllocatesNothing(format + ", one", () -> matMul.rounded(w, x, 0, 1, y, ROWS, 0, 1));
      matMul
          .inputMajor(w, arena)
          .ifPresent(
              turned ->
                  assertAllocatesNothing(
                      format + ", skipping", () -> matMul.skipping(turned, x, 0, y, ROWS, 0, 1)));
      assertAllocatesNothing(
          format + ", rounding", () -> matMul.round(x, COLUMNS, 0, 0, COLS / Inputs.BLOCK, COLS));
    }
  }

  /** Compilation ends at a moment of its own choosing, so the best of some rounds counts. */
  private static void assertAllocatesNothing(String what, Product product) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long fewest = Long.MAX_VALUE;
    for (int round = 0; round < 3000 && fewest > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 10; i++) {
        product.compute();
      }
      fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(fewest == 0, what + ": " + fewest + " bytes");
  }
}
