package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /** The copies of a projection's matrices, one for each layer. */
  private final Map<Projection, InputMajor[]> turned = new EnumMap<>(Projection.class);

  /** The memory of the copies. */
  private final Map<Projection, Arena> memory = new EnumMap<>(Projection.class);

  /** Up to which share of active inputs a projection skips. */
  private final Map<Projection, Double> mostActive = new EnumMap<>(Projection.class);

  SkippingProducts(ColumnMath math, MatMul matMul, Columns columns, SkipCounts counts) {
    this.math = math;
    this.matMul = matMul;
    this.columns = columns;
    this.counts = counts;
  }

  /**
   * Makes copies of matrices for which there is no copy and no answer from {@link #skipUpTo} yet,
   * where there are kernels for them.
   *
   * @return the projections that have new ones; without an answer they are of no use
   */
  Set<Projection> prepare(Set<Projection> wanted, List<LayerWeights> layers) {
    Set<Projection> made = EnumSet.noneOf(Projection.class);
    for (Projection projection : wanted) {
      if (!turned.containsKey(projection) && !mostActive.containsKey(projection)) {
        Arena arena = Arena.ofShared();
        InputMajor[] copies = new InputMajor[layers.size()];
        for (int layer = 0; layer < copies.length; layer++) {
          Matrix matrix = layers.get(layer).of(projection);
          copies[layer] = matrix == null ? null : matMul.inputMajor(matrix, arena).orElse(null);
        }
        if (Arrays.stream(copies).allMatch(Objects::isNull)) {
          arena.close();
        } else {
          turned.put(projection, copies);
          memory.put(projection, arena);
          made.add(projection);
        }
      }
    }
    return made;
  }

  /** What the copies take. */
  long bytes() {
    return turned.values().stream()
        .flatMap(Arrays::stream)
        .filter(Objects::nonNull)
        .mapToLong(copy -> copy.units().byteSize())
        .sum();
  }

  /** The copy of a matrix, or null if it has none. */
  InputMajor copy(Projection projection, int layer) {
    InputMajor[] copies = turned.get(projection);
    return copies == null ? null : copies[layer];
  }

  /** Has a projection skip if at most this share of its inputs is active; 0 frees its copies. */
  void skipUpTo(Projection projection, double share) {
    mostActive.put(projection, share);
    if (share == 0 && turned.remove(projection) != null) {
      memory.remove(projection).close();
    }
  }

  /** Up to which share of active inputs a projection skips; 0 if it never does. */
  double skipsUpTo(Projection projection) {
    return mostActive.getOrDefault(projection, 0.0);
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
    if (active <= skipsUpTo(projection) * w.cols()) {
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
    memory.values().forEach(Arena::close);
  }
}
