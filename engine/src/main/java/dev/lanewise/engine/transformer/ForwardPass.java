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
 *
 * <p>If activations may be rounded, they are for steps, and for prompts where that is faster. Where
 * both are rounded, they share one product, which reads and unfolds the weights once.
 */
final class ForwardPass {
  private static final int BLOCK = Inputs.BLOCK;

  private final ModelConfig config;
  private final Weights weights;
  private final FloatKernels floats;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Attention attention;
  private final Columns columns;
  private final ThreadTeam.Task task = this::compute;

  private final boolean int8;
  private boolean headAsPrompt;
  private float[] logits = {};

  ForwardPass(
      ModelConfig config,
      Weights weights,
      FloatKernels floats,
      MatMul matMul,
      ThreadTeam team,
      Attention attention,
      Columns columns,
      boolean int8) {
    this.config = config;
    this.weights = weights;
    this.floats = floats;
    this.matMul = matMul;
    this.team = team;
    this.attention = attention;
    this.columns = columns;
    this.int8 = int8;
  }

  /**
   * Computes the columns, whose caches have room for them.
   *
   * @param headAsPrompt whether logits are computed as the rest of a prompt is, for many of them;
   *     otherwise as in a step
   * @param logits {@code [wanted columns, vocabulary]}
   */
  void run(boolean headAsPrompt, float[] logits) {
    this.headAsPrompt = headAsPrompt;
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
    outputNorm(member, size);
    if (columns.wantedCount > 0) {
      team.barrier();
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
    int rounded = Math.max(rounded(w.query()), Math.max(rounded(w.key()), rounded(w.value())));
    norm(w.attentionNorm(), rounded, member, size);
    team.barrier();
    multiply(w.query(), columns.normed, columns.query, columns.queryStride, member, size);
    multiply(w.key(), columns.normed, columns.key, columns.kvStride, member, size);
    multiply(w.value(), columns.normed, columns.value, columns.kvStride, member, size);
    team.barrier();
    attention.store(w, layer, member, size);
    team.barrier();
    attention.attend(layer, member);
    team.barrier();
    if (rounded(w.output()) > 0) {
      round(columns.attended, rounded(w.output()), config.queryDim(), member, size);
      team.barrier();
    }
    addProduct(w.output(), columns.attended, member, size);
    team.barrier();
  }

  private void feedForward(LayerWeights w, int member, int size) {
    norm(w.ffnNorm(), Math.max(rounded(w.gate()), rounded(w.up())), member, size);
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
    if (rounded(w.down()) > 0) {
      round(columns.inner, rounded(w.down()), config.ffnHidden(), member, size);
      team.barrier();
    }
    addProduct(w.down(), columns.inner, member, size);
    team.barrier();
  }

  /** The output norm of the wanted columns, and behind them of those that are read. */
  private void outputNorm(int member, int size) {
    int wanted = columns.wantedCount;
    int count = wanted + columns.readCount;
    int end = ThreadTeam.share(count, member + 1, size);
    for (int i = ThreadTeam.share(count, member, size); i < end; i++) {
      int column = i < wanted ? columns.wanted[i] : columns.read[i - wanted];
      norm(weights.outputNorm(), column, i, 0, blocks(config.hidden()));
      if (i < wanted && headRounds()) {
        matMul.round(columns.normed, wanted, i, 0, blocks(config.hidden()), config.hidden());
      }
    }
  }

  private boolean headRounds() {
    return int8 && (!headAsPrompt || matMul.roundsPrompts(weights.head()));
  }

  private void head(int member, int size) {
    Matrix head = weights.head();
    int wanted = columns.wantedCount;
    int stride = config.vocabulary();
    if (headRounds()) {
      matMul.rounded(head, columns.normed, 0, wanted, logits, stride, member, size);
    } else {
      matMul.exact(head, columns.normed, 0, wanted, logits, stride, member, size);
    }
  }

  /**
   * The residual of all columns, normed, to {@link Columns#normed}; the first {@code rounded} of
   * them rounded too.
   */
  private void norm(float[] weight, int rounded, int member, int size) {
    int hidden = config.hidden();
    int blocks = blocks(hidden);
    int units = columns.count * blocks;
    int unit = ThreadTeam.share(units, member, size);
    int end = ThreadTeam.share(units, member + 1, size);
    while (unit < end) {
      int column = unit / blocks;
      int block = unit % blocks;
      int endBlock = Math.min(blocks, block + end - unit);
      norm(weight, column, column, block, endBlock);
      if (column < rounded) {
        matMul.round(columns.normed, rounded, column, block, endBlock, hidden);
      }
      unit += endBlock - block;
    }
  }

  /**
   * Blocks {@code first} to {@code end - 1} of the residual of a column, normed. Every member adds
   * up the squares of the columns it has a share of by itself: that takes less time than to wait
   * for each other.
   */
  private void norm(float[] weight, int column, int normedColumn, int first, int end) {
    int hidden = config.hidden();
    int from = first * BLOCK;
    int residual = column * columns.hiddenStride;
    Inputs normed = columns.normed;
    floats.scale(
        columns.residual,
        residual + from,
        floats.inverseRms(columns.residual, residual, hidden, config.normEpsilon()),
        weight,
        from,
        normed.floats(),
        normedColumn * normed.stride() + from,
        Math.min(end * BLOCK, hidden) - from);
  }

  private void round(Inputs x, int rounded, int length, int member, int size) {
    int blocks = blocks(length);
    int units = rounded * blocks;
    int unit = ThreadTeam.share(units, member, size);
    int end = ThreadTeam.share(units, member + 1, size);
    while (unit < end) {
      int block = unit % blocks;
      int endBlock = Math.min(blocks, block + end - unit);
      matMul.round(x, rounded, unit / blocks, block, endBlock, length);
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
    int rounded = rounded(w);
    if (rounded > 0) {
      matMul.rounded(w, x, 0, rounded, y, yStride, member, size);
    }
    if (rounded < columns.count) {
      matMul.exact(w, x, rounded, columns.count, y, yStride, member, size);
    }
  }

  /** How many columns, from the first on, a matrix is multiplied with in rounded arithmetic. */
  private int rounded(Matrix w) {
    if (!int8) {
      return 0;
    }
    return matMul.roundsPrompts(w) ? columns.count : columns.steps;
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
