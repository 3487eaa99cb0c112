package dev.lanewise.engine.transformer;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.model.config.ModelConfig;

/**
 * The positions that a pass computes together, and their vectors, row-major: a token of each of
 * some sequences, or a stretch of one sequence.
 */
final class Columns {
  final int[] tokens;
  final KvCache[] caches;
  final int[] positions;

  /** Elements from one column to the next. */
  final int hiddenStride;

  final int queryStride;
  final int kvStride;

  /** {@code [columns, hiddenStride]}. */
  final float[] residual;

  /** {@code [columns, hiddenStride]}, what a projection adds to the residual. */
  final float[] projected;

  /** {@code [columns, queryStride]}. */
  final float[] query;

  /** {@code [columns, kvStride]}. */
  final float[] key;

  /** {@code [columns, kvStride]}. */
  final float[] value;

  /** {@code [columns, stride of inner]}. */
  final float[] up;

  /** {@code hidden} elements each: the normed residual. */
  final Inputs normed;

  /** {@code queryDim} elements each: what attention found. */
  final Inputs attended;

  /** {@code ffnHidden} elements each: the gate, then its product with {@link #up}. */
  final Inputs inner;

  int count;

  Columns(ModelConfig config, int most) {
    tokens = new int[most];
    caches = new KvCache[most];
    positions = new int[most];
    hiddenStride = Inputs.strideFor(config.hidden());
    queryStride = Inputs.strideFor(config.queryDim());
    kvStride = Inputs.strideFor(config.kvDim());
    residual = new float[most * hiddenStride];
    projected = new float[most * hiddenStride];
    query = new float[most * queryStride];
    key = new float[most * kvStride];
    value = new float[most * kvStride];
    normed = new Inputs(most, config.hidden());
    attended = new Inputs(most, config.queryDim());
    inner = new Inputs(most, config.ffnHidden());
    up = new float[inner.floats().length];
  }

  void clear() {
    count = 0;
  }

  /**
   * Adds the next position of a sequence, for which its cache must have room.
   *
   * @param ahead columns of the same sequence that were added since its cache advanced
   */
  void add(KvCache cache, int ahead, int token) {
    tokens[count] = token;
    caches[count] = cache;
    positions[count] = cache.length() + ahead;
    count++;
  }
}
