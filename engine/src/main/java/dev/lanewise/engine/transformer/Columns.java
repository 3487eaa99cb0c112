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

  /** {@code [columns, hidden]}. */
  final float[] residual;

  /** {@code [columns, hidden]}, what a projection adds to the residual. */
  final float[] projected;

  /** {@code [columns, queryDim]}. */
  final float[] query;

  /** {@code [columns, kvDim]}. */
  final float[] key;

  /** {@code [columns, kvDim]}. */
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
    residual = new float[most * config.hidden()];
    projected = new float[most * config.hidden()];
    query = new float[most * config.queryDim()];
    key = new float[most * config.kvDim()];
    value = new float[most * config.kvDim()];
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
