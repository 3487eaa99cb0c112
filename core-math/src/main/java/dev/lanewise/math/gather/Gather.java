package dev.lanewise.math.gather;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.ProductKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;

/**
 * Compact copies of packed matrices: some of the output rows, or some of the inputs, as a matrix
 * that all kernels multiply as they do others. So a part of the neurons of a network takes that
 * part of the time.
 *
 * <p>Rows keep their format and every bit. Inputs do not: a block of them shares a scale in each
 * row, and the chosen ones come from blocks with different scales. So they are encoded anew: MXFP4,
 * whose scales are powers of two, as MXFP4, where few weights change (by 1 to 4 % of the norm of a
 * model's matrix); everything else in blocks as Q8_0 (0.5 %), since four bits of linear codes would
 * be rounded a second time (5 to 8 %). Floating-point weights are copied.
 *
 * <p>Memory is allocated first, by {@link #roomForRows} and {@link #roomForInputs}, and may be
 * filled again and again. Every member of a run of the team calls a method that fills it, and does
 * its share; nothing is allocated.
 */
public final class Gather {
  private final ProductKernels kernels;
  private final RowGather[] rows;
  private final InputGather[] inputs;

  /** Copies for these kernels, on this team. */
  public Gather(Kernels kernels, ThreadTeam team) {
    this.kernels = kernels.products();
    rows = new RowGather[team.size()];
    inputs = new InputGather[team.size()];
    for (int i = 0; i < team.size(); i++) {
      rows[i] = new RowGather(kernels.gather());
      inputs[i] = new InputGather(kernels);
    }
  }

  /** Room for {@code count} output rows of a matrix. */
  public Matrix roomForRows(Matrix w, int count, Arena arena) {
    return Matrix.allocate(w.format(), w.layout(), count, w.cols(), w.factor(), arena);
  }

  /**
   * Room for {@code count} inputs of a matrix.
   *
   * @throws IllegalArgumentException if they do not fill blocks of 32, where there are blocks
   */
  public Matrix roomForInputs(Matrix w, int count, Arena arena) {
    BlockFormat format =
        w.layout().units().wide() || w.format() == BlockFormat.MXFP4
            ? w.format()
            : BlockFormat.Q8_0;
    if (!w.layout().units().wide() && count % Inputs.BLOCK != 0) {
      throw new IllegalArgumentException(
          count + " inputs do not fill blocks of " + Inputs.BLOCK + " of " + format);
    }
    return Matrix.allocate(format, kernels.layout(format), w.rows(), count, 1, arena);
  }

  /**
   * Copies rows of a matrix.
   *
   * @param rows as many as {@code to} has; best in ascending order
   */
  public void rows(Matrix from, int[] rows, Matrix to, int member, int size) {
    int end = ThreadTeam.share(to.tileCount(), member + 1, size);
    for (int tile = ThreadTeam.share(to.tileCount(), member, size); tile < end; tile++) {
      this.rows[member].tile(from, rows, to, tile);
    }
  }

  /**
   * Copies inputs of a matrix, of all rows.
   *
   * @param inputs as many as {@code to} has; best in ascending order
   */
  public void inputs(Matrix from, int[] inputs, Matrix to, int member, int size) {
    int end = ThreadTeam.share(from.tileCount(), member + 1, size);
    for (int tile = ThreadTeam.share(from.tileCount(), member, size); tile < end; tile++) {
      this.inputs[member].tile(from, inputs, to, tile);
    }
  }
}
