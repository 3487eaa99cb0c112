package dev.lanewise.engine.transformer;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;

/**
 * One pass of some columns through the model, as one run of the thread team: the members go through
 * the same phases, do their shares, and meet at barriers where one phase needs all of the last.
 *
 * <p>Norms and rounding are split by blocks of columns, products by output rows; what is done to
 * the rows of a product by themselves, the member does that computed them. No phase depends on how
 * many columns or members there are in what it computes, only in who computes it.
 */
final class ForwardPass {
  /** Which kernels multiply. */
  enum Arithmetic {
    /** For a few columns: integers where the format of the weights has such kernels. */
    DECODE,
    /** For many columns. */
    PREFILL,
    /** Inputs in F32, for any number of columns. */
    EXACT
  }

  private static final int BLOCK = Inputs.BLOCK;

  private final ModelConfig config;
  private final Weights weights;
  private final FloatKernels floats;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Attention attention;
  private final Columns columns;
  private final ThreadTeam.Task task = this::compute;

  private Arithmetic arithmetic = Arithmetic.EXACT;
  private Arithmetic headArithmetic = Arithmetic.EXACT;
  private int firstWanted;
  private float[] logits = {};

  ForwardPass(
      ModelConfig config,
      Weights weights,
      FloatKernels floats,
      MatMul matMul,
      ThreadTeam team,
      Attention attention,
      Columns columns) {
    this.config = config;
    this.weights = weights;
    this.floats = floats;
    this.matMul = matMul;
    this.team = team;
    this.attention = attention;
    this.columns = columns;
  }

  /**
   * Computes the columns, whose caches have room for them.
   *
   * @param firstWanted the column from which on logits are wanted; the number of columns for none
   * @param logits {@code [wanted columns, vocabulary]}
   */
  void run(Arithmetic arithmetic, Arithmetic headArithmetic, int firstWanted, float[] logits) {
    this.arithmetic = arithmetic;
    this.headArithmetic = headArithmetic;
    this.firstWanted = firstWanted;
    this.logits = logits;
    attention.plan(columns);
    team.run(task);
  }

  private void compute(int member, int size) {
    embed(member, size);
    team.barrier();
    for (int layer = 0; layer < config.layers(); layer++) {
      LayerWeights w = weights.layers().get(layer);
      attend(w, layer, member, size);
      feedForward(w, member, size);
    }
    if (firstWanted < columns.count) {
      head(member, size);
    }
  }

  private void embed(int member, int size) {
    int hidden = config.hidden();
    int end = ThreadTeam.share(columns.count, member + 1, size);
    for (int c = ThreadTeam.share(columns.count, member, size); c < end; c++) {
      weights
          .embedding()
          .decode(columns.tokens[c], 0, hidden, columns.residual, c * columns.hiddenStride);
    }
  }

  private void attend(LayerWeights w, int layer, int member, int size) {
    boolean rounds = rounds(w.query()) || rounds(w.key()) || rounds(w.value());
    norm(w.attentionNorm(), 0, rounds, member, size);
    team.barrier();
    multiply(w.query(), columns.normed, columns.query, columns.queryStride, member, size);
    multiply(w.key(), columns.normed, columns.key, columns.kvStride, member, size);
    multiply(w.value(), columns.normed, columns.value, columns.kvStride, member, size);
    team.barrier();
    attention.store(w, layer, member, size);
    team.barrier();
    attention.attend(layer, member);
    team.barrier();
    if (rounds(w.output())) {
      round(columns.attended, config.queryDim(), member, size);
      team.barrier();
    }
    addProduct(w.output(), columns.attended, member, size);
    team.barrier();
  }

  private void feedForward(LayerWeights w, int member, int size) {
    norm(w.ffnNorm(), 0, rounds(w.gate()) || rounds(w.up()), member, size);
    team.barrier();
    float[] gate = columns.inner.floats();
    int stride = columns.inner.stride();
    multiply(w.gate(), columns.normed, gate, stride, member, size);
    multiply(w.up(), columns.normed, columns.up, stride, member, size);
    if (!areSharedAlike(w.gate(), w.up(), size)) {
      team.barrier();
    }
    int first = matMul.firstRow(w.gate(), member, size);
    int rows = matMul.firstRow(w.gate(), member + 1, size) - first;
    for (int c = 0; c < columns.count; c++) {
      floats.siluTimes(gate, columns.up, c * stride + first, rows);
    }
    team.barrier();
    if (rounds(w.down())) {
      round(columns.inner, config.ffnHidden(), member, size);
      team.barrier();
    }
    addProduct(w.down(), columns.inner, member, size);
    team.barrier();
  }

  private void head(int member, int size) {
    Matrix head = weights.head();
    norm(weights.outputNorm(), firstWanted, rounds(head, headArithmetic), member, size);
    team.barrier();
    int wanted = columns.count - firstWanted;
    int stride = config.vocabulary();
    multiply(headArithmetic, head, columns.normed, wanted, logits, stride, member, size);
  }

  /**
   * The residual of the columns from {@code first} on, normed, to {@link Columns#normed} from its
   * first column on. Every member adds up the squares of the columns it has a share of by itself:
   * that takes less time than to wait for each other.
   */
  private void norm(float[] weight, int first, boolean rounds, int member, int size) {
    int hidden = config.hidden();
    Inputs normed = columns.normed;
    int blocks = blocks(hidden);
    int units = (columns.count - first) * blocks;
    int unit = ThreadTeam.share(units, member, size);
    int end = ThreadTeam.share(units, member + 1, size);
    while (unit < end) {
      int column = unit / blocks;
      int block = unit % blocks;
      int endBlock = Math.min(blocks, block + end - unit);
      int from = block * BLOCK;
      int residual = (first + column) * columns.hiddenStride;
      floats.scale(
          columns.residual,
          residual + from,
          floats.inverseRms(columns.residual, residual, hidden, config.normEpsilon()),
          weight,
          from,
          normed.floats(),
          column * normed.stride() + from,
          Math.min(endBlock * BLOCK, hidden) - from);
      if (rounds) {
        matMul.round(normed, columns.count - first, column, block, endBlock, hidden);
      }
      unit += endBlock - block;
    }
  }

  private void round(Inputs x, int length, int member, int size) {
    int blocks = blocks(length);
    int units = columns.count * blocks;
    int unit = ThreadTeam.share(units, member, size);
    int end = ThreadTeam.share(units, member + 1, size);
    while (unit < end) {
      int block = unit % blocks;
      int endBlock = Math.min(blocks, block + end - unit);
      matMul.round(x, columns.count, unit / blocks, block, endBlock, length);
      unit += endBlock - block;
    }
  }

  private static int blocks(int length) {
    return (length + BLOCK - 1) / BLOCK;
  }

  /** Adds a product to the residual. */
  private void addProduct(Matrix w, Inputs x, int member, int size) {
    int stride = columns.hiddenStride;
    multiply(w, x, columns.projected, stride, member, size);
    int first = matMul.firstRow(w, member, size);
    int rows = matMul.firstRow(w, member + 1, size) - first;
    for (int c = 0; c < columns.count; c++) {
      int at = c * stride + first;
      floats.add(columns.residual, at, columns.projected, at, rows);
    }
  }

  private void multiply(Matrix w, Inputs x, float[] y, int yStride, int member, int size) {
    multiply(arithmetic, w, x, columns.count, y, yStride, member, size);
  }

  private void multiply(
      Arithmetic arithmetic,
      Matrix w,
      Inputs x,
      int count,
      float[] y,
      int yStride,
      int member,
      int size) {
    switch (arithmetic) {
      case DECODE -> matMul.decode(w, x, count, y, 0, yStride, member, size);
      case PREFILL -> matMul.prefill(w, x, count, y, 0, yStride, member, size);
      case EXACT -> matMul.exact(w, x, count, y, 0, yStride, member, size);
    }
  }

  private boolean rounds(Matrix w) {
    return rounds(w, arithmetic);
  }

  /** Whether a product needs its inputs rounded too. */
  private boolean rounds(Matrix w, Arithmetic arithmetic) {
    return switch (arithmetic) {
      case DECODE -> true;
      case PREFILL -> matMul.prefillRounds(w);
      case EXACT -> false;
    };
  }

  /** Whether each member computes the same rows of both; they may differ in format. */
  private boolean areSharedAlike(Matrix a, Matrix b, int size) {
    for (int member = 1; member < size; member++) {
      if (matMul.firstRow(a, member, size) != matMul.firstRow(b, member, size)) {
        return false;
      }
    }
    return true;
  }
}
