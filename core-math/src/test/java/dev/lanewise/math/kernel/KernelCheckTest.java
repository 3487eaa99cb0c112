package dev.lanewise.math.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.TileLayout;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class KernelCheckTest {
  @Test
  void allKernelsOfThisMachineAreComplete() {
    assertEquals(Optional.empty(), KernelCheck.fault(Kernels.scalar().products()));
    assertEquals(Optional.empty(), KernelCheck.fault(new VectorProducts()));
    assertTrue(Kernels.best().description().startsWith("vectors"), Kernels.best().description());
  }

  @ParameterizedTest
  @EnumSource
  void aWrongKernelIsFound(BlockFormat format) {
    assertTrue(KernelCheck.fault(new WrongFor(format)).orElseThrow().contains(format + " with 1 "));
  }

  /** Kernels that are right but for one column of one format, where they are 1% too large. */
  private record WrongFor(ProductKernels right, BlockFormat format) implements ProductKernels {
    WrongFor(BlockFormat format) {
      this(Kernels.scalar().products(), format);
    }

    @Override
    public TileLayout layout(BlockFormat format) {
      return right.layout(format);
    }

    @Override
    public void round(Inputs x, int columns, int column, int first, int end, int length) {
      right.round(x, columns, column, first, end, length);
    }

    @Override
    public boolean sharesColumns(Matrix w, int columns) {
      return right.sharesColumns(w, columns);
    }

    @Override
    public boolean roundsPrompts(Matrix w) {
      return right.roundsPrompts(w);
    }

    @Override
    public void one(
        Matrix w, int tile, Inputs x, int column, float[] y, int yOffset, ProductScratch scratch) {
      right.one(w, tile, x, column, y, yOffset, scratch);
      if (w.format() == format) {
        y[yOffset] *= 1.01f;
      }
    }

    @Override
    public boolean skips(TileLayout layout) {
      return right.skips(layout);
    }

    @Override
    public void skipping(
        InputMajor w,
        int firstTile,
        int endTile,
        Inputs x,
        int column,
        float[] y,
        ProductScratch scratch) {
      right.skipping(w, firstTile, endTile, x, column, y, scratch);
    }

    @Override
    public void few(
        Matrix w,
        int tile,
        int k,
        int endK,
        Inputs x,
        int first,
        int end,
        float[] y,
        int yOffset,
        int yStride,
        ProductScratch scratch) {
      right.few(w, tile, k, endK, x, first, end, y, yOffset, yStride, scratch);
    }

    @Override
    public void exact(
        Matrix w,
        int tile,
        int k,
        int endK,
        Inputs x,
        int first,
        int end,
        float[] y,
        int yOffset,
        int yStride,
        ProductScratch scratch) {
      right.exact(w, tile, k, endK, x, first, end, y, yOffset, yStride, scratch);
    }

    @Override
    public void decode(
        Matrix w, int tile, int[] inputs, int first, int end, float[] out, ProductScratch scratch) {
      right.decode(w, tile, inputs, first, end, out, scratch);
    }
  }
}
