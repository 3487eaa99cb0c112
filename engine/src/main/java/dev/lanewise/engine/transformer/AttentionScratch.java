package dev.lanewise.engine.transformer;

import dev.lanewise.math.kernel.AttentionKernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Working memory of one member for the attention of one tile. */
final class AttentionScratch {
  final int dims;

  /** {@code [queries, dims]}. */
  final float[] queries;

  /** {@code [queries, SEGMENT]}: scores, then the weights they become. */
  final float[] scores;

  /** {@code [queries, dims]}: sums of the values of one segment. */
  final float[] sums;

  /** The maximum score of each query in one segment. */
  final float[] maxima;

  /** The sum of the weights of each query in one segment. */
  final float[] totals;

  /** {@code [queries, rowLength]}: {@link SoftmaxSums} of the segments so far. */
  final float[] rows;

  final float[] lanes = new float[AttentionKernels.LANES];
  final MemorySegment unpacked;
  private final int headDim;

  AttentionScratch(int headDim, int mostQueries) {
    this.headDim = headDim;
    dims = dims(headDim);
    queries = new float[mostQueries * dims];
    scores = new float[mostQueries * AttentionPlan.SEGMENT];
    sums = new float[mostQueries * dims];
    maxima = new float[mostQueries];
    totals = new float[mostQueries];
    rows = new float[mostQueries * rowLength(headDim)];
    unpacked = Arena.ofAuto().allocate((long) Float.BYTES * KvLayout.POSITIONS * dims, 64);
  }

  /** Floats of a row of {@link SoftmaxSums}. */
  static int rowLength(int headDim) {
    return dims(headDim) + SoftmaxSums.EXTRA;
  }

  private static int dims(int headDim) {
    return new KvLayout(KvFormat.F32, headDim).dims();
  }

  /** Takes the i-th query, times the scale of its scores. */
  void takeQuery(int i, float[] from, int offset, float scale) {
    for (int d = 0; d < headDim; d++) {
      queries[i * dims + d] = from[offset + d] * scale;
    }
  }
}
