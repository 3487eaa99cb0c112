package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Products of blocks that do not read what belongs to inputs of zero, in passes of a single step. A
 * pass of more columns reads nearly everything: what one leaves out, another needs.
 *
 * <p>Results are bit for bit those of {@link ColumnMath#multiply}. So what is multiplied which way
 * is a question of speed alone; {@link SwitchOver} answers it.
 */
final class SkippingProducts implements AutoCloseable {
  private final ColumnMath math;
  private final MatMul matMul;
  private final Columns columns;
  private final SkipCounts counts;
  private final Arena memory = Arena.ofShared();

  /** The copies of a projection's matrices, one for each layer. */
  private final Map<Projection, InputMajor[]> turned = new EnumMap<>(Projection.class);

  /** Up to which share of active inputs a projection skips. */
  private final Map<Projection, Double> mostActive = new EnumMap<>(Projection.class);

  SkippingProducts(ColumnMath math, MatMul matMul, Columns columns, SkipCounts counts) {
    this.math = math;
    this.matMul = matMul;
    this.columns = columns;
    this.counts = counts;
  }

  /**
   * Makes copies of matrices that are not copied yet, where there are kernels for them. Without
   * {@link #skipUpTo} they are of no use.
   *
   * @return whether there are new ones
   */
  boolean prepare(Set<Projection> wanted, List<LayerWeights> layers) {
    boolean isNew = false;
    for (Projection projection : wanted) {
      if (!turned.containsKey(projection)) {
        InputMajor[] copies = new InputMajor[layers.size()];
        boolean any = false;
        for (int layer = 0; layer < copies.length; layer++) {
          Optional<InputMajor> copy = matMul.inputMajor(layers.get(layer).of(projection), memory);
          copies[layer] = copy.orElse(null);
          any |= copy.isPresent();
        }
        if (any) {
          turned.put(projection, copies);
          isNew = true;
        }
      }
    }
    return isNew;
  }

  /** What the copies take. */
  long bytes() {
    return turned.values().stream()
        .flatMap(Arrays::stream)
        .filter(Objects::nonNull)
        .mapToLong(copy -> copy.units().byteSize())
        .sum();
  }

  /** The projections that have copies. */
  Set<Projection> prepared() {
    return turned.keySet();
  }

  /** The copy of a matrix, or null if it has none. */
  InputMajor copy(Projection projection, int layer) {
    InputMajor[] copies = turned.get(projection);
    return copies == null ? null : copies[layer];
  }

  /** Has a projection skip if at most this share of its inputs is active. */
  void skipUpTo(Projection projection, double share) {
    mostActive.put(projection, share);
  }

  /** As {@link ColumnMath#multiply}. */
  void multiply(
      Projection projection,
      int layer,
      Matrix w,
      Inputs x,
      float[] y,
      int yStride,
      int member,
      int size) {
    InputMajor copy = copy(projection, layer);
    if (copy == null || copy.dense() != w || !columns.isOneStep() || math.rounded(w) == 0) {
      math.multiply(w, x, y, yStride, member, size);
      return;
    }
    int active = matMul.active(x, 0, w.cols());
    Double most = mostActive.get(projection);
    if (most != null && active <= most * w.cols()) {
      matMul.skipping(copy, x, 0, y, yStride, member, size);
      if (member == 0) {
        counts.saved(w.bytes() * (w.cols() - active) / w.cols());
      }
    } else {
      math.multiply(w, x, y, yStride, member, size);
    }
  }

  /** Frees the copies. */
  @Override
  public void close() {
    memory.close();
  }
}
