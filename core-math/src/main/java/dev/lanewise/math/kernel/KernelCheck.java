package dev.lanewise.math.kernel;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.TilePacker;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Computes a small product of every weight format with every kernel: one column, few columns,
 * panels, and F32 inputs. So a gap in the table of kernels, or a JVM that computes vectors wrongly,
 * shows at the start and not in an answer.
 */
final class KernelCheck {
  /** As many inputs as hold a whole block of each format; fewer where blocks are small. */
  private static final int MOST_COLS = 256;

  private static final int LEAST_COLS = 64;

  /** One column, few, and enough for the kernels of prompts. */
  private static final int[] COLUMNS = {1, 5, 17};

  /** The sums of 256 products may differ by this much of their magnitude, by rounding. */
  private static final double TOLERANCE = 1e-5;

  private final ProductKernels kernels;
  private final ProductScratch scratch = new ProductScratch();
  private final Inputs x = new Inputs(COLUMNS[COLUMNS.length - 1], MOST_COLS);
  private final float[] y = new float[COLUMNS[COLUMNS.length - 1] * ProductScratch.MAX_ROWS];

  private KernelCheck(ProductKernels kernels) {
    this.kernels = kernels;
  }

  /** Which products are not what the weights say, with the way out, or empty. */
  static Optional<String> fault(ProductKernels kernels) {
    KernelCheck check = new KernelCheck(kernels);
    check.fillInputs();
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1)) {
      for (BlockFormat format : BlockFormat.values()) {
        Optional<String> fault = check.fault(format, arena, team);
        if (fault.isPresent()) {
          return fault;
        }
      }
    }
    return Optional.empty();
  }

  /** Integers, with 127 in each block: they are what they are when rounded to 8 bits. */
  private void fillInputs() {
    int columns = COLUMNS[COLUMNS.length - 1];
    for (int c = 0; c < columns; c++) {
      for (int k = 0; k < MOST_COLS; k++) {
        x.floats()[c * x.stride() + k] = k % Inputs.BLOCK == 0 ? Inputs.MOST : (k + 3 * c) % 11 - 5;
      }
      kernels.round(x, columns, c, 0, MOST_COLS / Inputs.BLOCK, MOST_COLS);
    }
  }

  private Optional<String> fault(BlockFormat format, Arena arena, ThreadTeam team) {
    int cols = Math.max(LEAST_COLS, format.blockSize());
    MemorySegment blocks = arena.allocate(format.bytesFor(cols));
    for (long at = 0; at < blocks.byteSize(); at++) {
      // Bytes that make ordinary scales in every format.
      blocks.set(ValueLayout.JAVA_BYTE, at, (byte) (0x20 + at * 7 % 0x18));
    }
    float[] weights = new float[cols];
    format.decode(blocks, 0, weights, 0, cols);
    TileLayout layout = kernels.layout(format);
    Matrix w = TilePacker.pack(format, layout, blocks, 1, cols, 1, arena, team);
    for (int columns : COLUMNS) {
      if (columns == 1) {
        kernels.one(w, 0, x, 0, y, 0, scratch);
      } else if (kernels.sharesColumns(w, columns)) {
        kernels.few(w, 0, 0, cols, x, 0, columns, y, 0, layout.tileRows(), scratch);
      } else {
        continue;
      }
      if (differs(weights, columns, layout.tileRows())) {
        return fault(format, columns + " columns");
      }
    }
    if (kernels.skips(layout)) {
      kernels.skipping(InputMajor.of(w, arena, team), 0, 1, x, 0, y, scratch);
      if (differs(weights, 1, layout.tileRows())) {
        return fault(format, "inputs of zero left out");
      }
    }
    int columns = COLUMNS[COLUMNS.length - 1];
    kernels.exact(w, 0, 0, cols, x, 0, columns, y, 0, layout.tileRows(), scratch);
    if (differs(weights, columns, layout.tileRows())) {
      return fault(format, "F32 inputs");
    }
    return Optional.empty();
  }

  private static Optional<String> fault(BlockFormat format, String what) {
    return Optional.of(
        "this JVM computes products of %s with %s wrongly; use another build of JDK 25"
            .formatted(format, what));
  }

  private boolean differs(float[] weights, int columns, int stride) {
    for (int c = 0; c < columns; c++) {
      double sum = 0;
      double magnitude = 0;
      for (int k = 0; k < weights.length; k++) {
        double product = (double) weights[k] * x.floats()[c * x.stride() + k];
        sum += product;
        magnitude += Math.abs(product);
      }
      if (!(Math.abs(y[c * stride] - sum) <= TOLERANCE * magnitude)) {
        return true;
      }
    }
    return false;
  }
}
