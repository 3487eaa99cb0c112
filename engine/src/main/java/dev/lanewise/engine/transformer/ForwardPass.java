package dev.lanewise.engine.transformer;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
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
  private final ModelConfig config;
  private final Weights weights;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Attention attention;
  private final Columns columns;
  private final ColumnMath math;
  private final FeedForward feedForward;
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
    this.matMul = matMul;
    this.team = team;
    this.attention = attention;
    this.columns = columns;
    this.int8 = int8;
    math = new ColumnMath(config, floats, matMul, columns, int8);
    feedForward = new FeedForward(config, floats, matMul, team, columns, math);
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
      feedForward.compute(w, member, size);
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
    int rounded =
        Math.max(math.rounded(w.query()), Math.max(math.rounded(w.key()), math.rounded(w.value())));
    math.norm(w.attentionNorm(), rounded, member, size);
    team.barrier();
    math.multiply(w.query(), columns.normed, columns.query, columns.queryStride, member, size);
    math.multiply(w.key(), columns.normed, columns.key, columns.kvStride, member, size);
    math.multiply(w.value(), columns.normed, columns.value, columns.kvStride, member, size);
    team.barrier();
    attention.store(w, layer, member, size);
    team.barrier();
    attention.attend(layer, member);
    team.barrier();
    if (math.rounded(w.output()) > 0) {
      math.round(columns.attended, math.rounded(w.output()), config.queryDim(), member, size);
      team.barrier();
    }
    math.addProduct(w.output(), columns.attended, member, size);
    team.barrier();
  }

  /** The output norm of the wanted columns, and behind them of those that are read. */
  private void outputNorm(int member, int size) {
    int wanted = columns.wantedCount;
    int count = wanted + columns.readCount;
    int end = ThreadTeam.share(count, member + 1, size);
    for (int i = ThreadTeam.share(count, member, size); i < end; i++) {
      int column = i < wanted ? columns.wanted[i] : columns.read[i - wanted];
      math.norm(weights.outputNorm(), column, i, 0, ColumnMath.blocks(config.hidden()));
      if (i < wanted && headRounds()) {
        matMul.round(
            columns.normed, wanted, i, 0, ColumnMath.blocks(config.hidden()), config.hidden());
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
}
