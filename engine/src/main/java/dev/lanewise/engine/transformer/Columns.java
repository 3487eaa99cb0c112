package dev.lanewise.engine.transformer;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.model.config.ModelConfig;

/**
 * The positions that a pass computes together, and their vectors, row-major: first a token of each
 * of some sequences, then stretches of prompts.
 */
final class Columns {
  /**
   * What two sequences need together is measured to be more than skipping pays for: see
   * docs/sparsity.md.
   */
  private static final int MOST_SPARSE_STEPS = 1;

  final int[] tokens;
  final KvCache[] caches;
  final int[] positions;

  /** What is left out for each column. */
  final Sparsity[] sparsity;

  /** The columns after which logits are wanted. */
  final int[] wanted;

  /** The columns whose final hidden states are read; none of them is in {@link #wanted}. */
  final int[] read;

  /** Who reads each of {@link #read}. */
  final HiddenStateReader[] readers;

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

  /** How many of the columns, from the first on, are steps; the others are of prompts. */
  int steps;

  int wantedCount;

  int readCount;

  Columns(ModelConfig config, int most) {
    tokens = new int[most];
    caches = new KvCache[most];
    positions = new int[most];
    sparsity = new Sparsity[most];
    wanted = new int[most];
    read = new int[most];
    readers = new HiddenStateReader[most];
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

  /**
   * Has steps that are not alone leave nothing out: what one of them leaves out another one reads,
   * so that it would lose quality and win no time.
   */
  void leaveNothingOutInCompany() {
    for (int c = 0; steps > MOST_SPARSE_STEPS && c < steps; c++) {
      sparsity[c] = Sparsity.NONE;
    }
  }

  /** Whether there is nothing but a step of one sequence. */
  boolean isOneStep() {
    return count == 1 && steps == 1;
  }

  void clear() {
    count = 0;
    steps = 0;
    wantedCount = 0;
    readCount = 0;
  }

  /** Adds a token that follows what is in the cache, which must have room for it. */
  void addStep(KvCache cache, int token, Sparsity left) {
    if (steps != count) {
      throw new IllegalStateException("steps come before prompts");
    }
    add(cache, 0, token, left);
    steps++;
    want(count - 1);
  }

  /** Adds a stretch of a prompt that follows what is in the cache, which must have room for it. */
  void addPrompt(KvCache cache, int[] tokens, int from, int stretch, Sparsity left) {
    for (int i = 0; i < stretch; i++) {
      add(cache, i, tokens[from + i], left);
    }
  }

  private void add(KvCache cache, int ahead, int token, Sparsity left) {
    if (count == tokens.length) {
      throw new IllegalArgumentException("more than " + tokens.length + " columns");
    }
    tokens[count] = token;
    caches[count] = cache;
    positions[count] = cache.length() + ahead;
    sparsity[count] = left;
    count++;
  }

  /** Asks for the logits after a column. */
  void want(int column) {
    wanted[wantedCount++] = column;
  }

  /** Asks for the final hidden state of a column. */
  void read(int column, HiddenStateReader reader) {
    read[readCount] = column;
    readers[readCount] = reader;
    readCount++;
  }

  /** Hands on the hidden states that were asked for, which stand behind the wanted columns. */
  void handOn() {
    for (int i = 0; i < readCount; i++) {
      readers[i].next(normed.floats(), (wantedCount + i) * normed.stride());
    }
  }

  /** Counts what was computed as in the caches. */
  void advance() {
    for (int c = 0; c < count; c++) {
      caches[c].advance(1);
    }
  }
}
