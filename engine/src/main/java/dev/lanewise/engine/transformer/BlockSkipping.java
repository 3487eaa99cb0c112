package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.FfnSkipping;
import dev.lanewise.math.thread.ThreadTeam;
import java.util.Arrays;

/** Which feed-forward blocks a pass skips, for each column by itself. */
final class BlockSkipping {
  private static final int NEVER = -1;

  private final Columns columns;
  private final int layers;
  private final int hidden;

  /** The last layer that each column skips. */
  private final int[] skippedUntil;

  private final SkipCounts counts;
  private boolean skips;

  BlockSkipping(Columns columns, int layers, int hidden, SkipCounts counts) {
    this.counts = counts;
    this.columns = columns;
    this.layers = layers;
    this.hidden = hidden;
    skippedUntil = new int[columns.sparsity.length];
  }

  /** Looks at the columns of a pass, before it begins. */
  void plan() {
    skips = false;
    for (int c = 0; c < columns.count; c++) {
      skips |= columns.sparsity[c] instanceof FfnSkipping;
    }
    Arrays.fill(skippedUntil, 0, columns.count, NEVER);
  }

  /** Whether a column skips a layer's block. The same for all members until it is computed. */
  boolean skips(int layer, int column) {
    return skips
        && layer <= skippedUntil[column]
        && columns.sparsity[column] instanceof FfnSkipping rule
        && rule.covers(layer, layers);
  }

  /** Whether all columns skip a layer's block; counts those that do, as the first member. */
  boolean skipAll(int layer, int member) {
    int skipping = 0;
    for (int c = 0; skips && c < columns.count; c++) {
      skipping += skips(layer, c) ? 1 : 0;
    }
    if (member == 0) {
      counts.skipped(skipping);
    }
    return skipping == columns.count;
  }

  /**
   * Decides, after a layer's block was added to the residual, which columns skip the next ones. The
   * member's share of columns; what it decides may be read after the next barrier.
   */
  void decide(int layer, int member, int size) {
    if (!skips) {
      return;
    }
    int end = ThreadTeam.share(columns.count, member + 1, size);
    for (int c = ThreadTeam.share(columns.count, member, size); c < end; c++) {
      if (columns.sparsity[c] instanceof FfnSkipping rule
          && rule.covers(layer, layers)
          && rule.covers(columns.positions[c])
          && layer > skippedUntil[c]
          && cosine(c) >= rule.threshold()) {
        skippedUntil[c] = layer + rule.mostInARow();
      }
    }
  }

  /** The cosine of a column's residual before and after what was projected was added. */
  private double cosine(int column) {
    int at = column * columns.hiddenStride;
    double product = 0;
    double squaresBefore = 0;
    double squaresAfter = 0;
    for (int i = at; i < at + hidden; i++) {
      double after = columns.residual[i];
      double before = after - columns.projected[i];
      product += before * after;
      squaresBefore += before * before;
      squaresAfter += after * after;
    }
    return product / Math.sqrt(squaresBefore * squaresAfter);
  }
}
