package dev.lanewise.math.gather;

import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.ProductKernels;
import dev.lanewise.math.kernel.ProductScratch;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Brings inputs of a matrix together in tiles, encoded anew by blocks. For one thread. */
final class InputGather {
  private final ProductKernels products;
  private final ProductScratch scratch = new ProductScratch();

  /** The weights of a block {@code [input][row of the tile]}. */
  private final float[] weights = new float[Inputs.BLOCK * ProductScratch.MAX_ROWS];

  private final BlockColumns blocks;

  InputGather(Kernels kernels) {
    products = kernels.products();
    blocks = new BlockColumns(kernels.gather());
  }

  /** Copies a tile of {@code from}, which may take several of {@code to}. */
  void tile(Matrix from, int[] inputs, Matrix to, int tile) {
    if (from.layout().units().wide()) {
      units(from, inputs, to, tile);
      return;
    }
    int rows = from.layout().tileRows();
    int newRows = to.layout().tileRows();
    int tiles = rows / newRows;
    for (int i = 0; i < inputs.length; i += Inputs.BLOCK) {
      products.decode(from, tile, inputs, i, i + Inputs.BLOCK, weights, scratch);
      for (int part = 0; part < tiles; part++) {
        int newTile = tile * tiles + part;
        if (newTile < to.tileCount()) {
          blocks.encode(weights, part * newRows, rows, to, to.group(newTile, i));
        }
      }
    }
  }

  /** The units of floating-point weights stand by themselves. */
  private static void units(Matrix from, int[] inputs, Matrix to, int tile) {
    int unit = from.layout().unitBytes();
    for (int i = 0; i < inputs.length; i++) {
      MemorySegment.copy(
          from.tiles(),
          ValueLayout.JAVA_BYTE,
          from.group(tile, inputs[i]),
          to.tiles(),
          ValueLayout.JAVA_BYTE,
          to.group(tile, i),
          unit);
    }
  }
}
