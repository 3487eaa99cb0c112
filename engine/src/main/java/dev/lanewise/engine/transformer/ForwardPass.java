package dev.lanewise.engine.transformer;

import static dev.lanewise.engine.transformer.Activation.ATTENTION_INPUT;
import static dev.lanewise.engine.transformer.Activation.ATTENTION_OUTPUT;
import static dev.lanewise.engine.transformer.Activation.BLOCK_INPUT;

import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.NormPlace;
import dev.lanewise.model.config.QueryNorm;
import dev.lanewise.model.config.Trait;
import java.util.List;
import java.util.Optional;

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
  private final FloatKernels floats;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final Attention attention;

  /** Null for models without an encoder. */
  private final CrossAttention cross;

  private final Columns columns;
  private final ColumnMath math;
  private final SkippingProducts products;
  private final SkipCounts counts;
  private final ThresholdMasks masks;
  private final ActivationTap tap;
  private final FeedForward feedForward;

  /** Null for dense models, which do not need its memory. */
  private final ExpertFeedForward expertFeedForward;

  private final CompactLayers compact;
  private final NeuronChoice neurons;
  private final BlockSkipping skipping;
  private final ThreadTeam.Task task = this::compute;
  private final ThreadTeam.Task blocksTask = this::blocks;

  private final boolean int8;
  private boolean headAsPrompt;
  private float[] logits = {};
  private List<LayerWeights> layers;

  ForwardPass(
      ModelConfig config,
      Weights weights,
      FloatKernels floats,
      MatMul matMul,
      ThreadTeam team,
      Attention attention,
      CrossAttention cross,
      Columns columns,
      ColumnMath math,
      CompactLayers compact,
      SkippingProducts products,
      SkipCounts counts,
      boolean int8) {
    this.config = config;
    this.weights = weights;
    this.floats = floats;
    this.matMul = matMul;
    this.team = team;
    this.attention = attention;
    this.cross = cross;
    this.columns = columns;
    this.int8 = int8;
    this.math = math;
    this.products = products;
    this.counts = counts;
    this.compact = compact;
    layers = weights.layers();
    masks = new ThresholdMasks(config, floats, team, columns, math, matMul);
    tap = new ActivationTap(team, columns);
    neurons = new NeuronChoice(columns, team, config.ffnHidden());
    skipping = new BlockSkipping(columns, config.layers(), config.hidden(), counts);
    expertFeedForward =
        config.hasExperts()
            ? new ExpertFeedForward(
                config, floats, matMul, team, columns, math, counts, tap, skipping)
            : null;
    feedForward =
        new FeedForward(
            config, floats, matMul, team, columns, math, products, counts, masks, tap, neurons,
            skipping);
  }

  /** Shows what is computed from now on to an observer, or to nobody. */
  void observe(Optional<ActivationObserver> observer) {
    tap.set(observer);
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
    plan();
    layers = compact.layersFor(columns);
    if (layers != weights.layers()) {
      counts.saved(compact.savedBytes());
    }
    team.run(task);
    neurons.done();
  }

  /** Computes all blocks of the columns; their residuals are the result. */
  void runBlocks() {
    plan();
    layers = weights.layers();
    team.run(blocksTask);
  }

  /** Computes one block of the columns, whose residuals are set. */
  void runBlock(int layer) {
    plan();
    layers = weights.layers();
    team.run((member, size) -> block(layer, member, size));
  }

  private void plan() {
    counts.clear();
    columns.leaveNothingOutInCompany();
    attention.plan(columns);
    if (cross != null) {
      cross.plan();
    }
    masks.plan();
    neurons.plan();
    skipping.plan();
  }

  private void blocks(int member, int size) {
    embed(member, size);
    team.barrier();
    for (int layer = 0; layer < config.layers(); layer++) {
      block(layer, member, size);
    }
  }

  private void compute(int member, int size) {
    blocks(member, size);
    outputNorm(member, size);
    if (columns.wantedCount > 0) {
      team.barrier();
      head(member, size);
    }
  }

  private void block(int layer, int member, int size) {
    LayerWeights w = layers.get(layer);
    attend(w, layer, member, size);
    if (cross != null) {
      cross.compute(layer, member, size);
    }
    if (w.experts() == null) {
      feedForward.compute(w, layer, member, size);
    } else {
      expertFeedForward.compute(w, layer, member, size);
    }
  }

  private void embed(int member, int size) {
    int hidden = config.hidden();
    int end = ThreadTeam.share(columns.count, member + 1, size);
    for (int c = ThreadTeam.share(columns.count, member, size); c < end; c++) {
      weights
          .embedding()
          .decode(columns.tokens[c], 0, hidden, columns.residual, c * columns.hiddenStride);
      if (config.traits().embeddingScale() != 1) {
        float scale = config.traits().embeddingScale();
        ColumnMath.multiply(columns.residual, c * columns.hiddenStride, hidden, scale);
      }
      addPosition(c);
    }
    if (weights.embeddingNorm().exists()) {
      math.normResidual(weights.embeddingNorm(), member, size);
    }
  }

  /** What does not depend on the token; through {@link Columns#projected}, which nobody reads. */
  private void addPosition(int column) {
    int hidden = config.hidden();
    int at = column * columns.hiddenStride;
    if (weights.positions() != null) {
      weights.positions().decode(columns.positions[column], 0, hidden, columns.projected, at);
      floats.add(columns.residual, at, columns.projected, at, hidden);
    }
    if (weights.tokenType().length > 0) {
      floats.add(columns.residual, at, weights.tokenType(), 0, hidden);
    }
  }

  private void attend(LayerWeights w, int layer, int member, int size) {
    tap.show(BLOCK_INPUT, layer, columns.residual, columns.hiddenStride, config.hidden(), member);
    int rounded =
        Math.max(math.rounded(w.query()), Math.max(math.rounded(w.key()), math.rounded(w.value())));
    math.norm(w.attentionNorm(), rounded, member, size);
    team.barrier();
    Inputs normed = columns.normed;
    tap.show(ATTENTION_INPUT, layer, normed.floats(), normed.stride(), config.hidden(), member);
    Inputs toQuery = masks.normed(Projection.QUERY, w.query(), layer, member, size);
    int queryStride = columns.queryStride;
    products.multiply(
        Projection.QUERY, layer, w.query(), toQuery, columns.query, queryStride, member, size);
    Inputs toKey = masks.normed(Projection.KEY, w.key(), layer, member, size);
    products.multiply(
        Projection.KEY, layer, w.key(), toKey, columns.key, columns.kvStride, member, size);
    Inputs toValue = masks.normed(Projection.VALUE, w.value(), layer, member, size);
    products.multiply(
        Projection.VALUE, layer, w.value(), toValue, columns.value, columns.kvStride, member, size);
    team.barrier();
    if (config.traits().queryNorm() == QueryNorm.PROJECTION) {
      attention.measureProjections(member, size);
      team.barrier();
    }
    attention.store(w, layer, member, size);
    team.barrier();
    attention.attend(w.sinks(), layer, member);
    team.barrier();
    Inputs attended = columns.attended;
    tap.show(
        ATTENTION_OUTPUT, layer, attended.floats(), attended.stride(), config.queryDim(), member);
    masks.mask(Projection.OUTPUT, w.output(), attended, layer, member, size);
    if (math.rounded(w.output()) > 0) {
      math.round(attended, math.rounded(w.output()), config.queryDim(), member, size);
      team.barrier();
    }
    products.multiply(
        Projection.OUTPUT,
        layer,
        w.output(),
        attended,
        columns.projected,
        columns.hiddenStride,
        member,
        size);
    if (w.outputBias().length > 0) {
      math.addBias(
          w.output(), w.outputBias(), 0, columns.projected, columns.hiddenStride, member, size);
    }
    if (!config.traits().has(Trait.PARALLEL_PARTS)) {
      addAttended(w, member, size);
    }
    team.barrier();
  }

  private void addAttended(LayerWeights w, int member, int size) {
    NormPlace place = config.traits().normPlace();
    if (place.behind()) {
      team.barrier();
    }
    NormWeights behind = place.behind() ? w.postAttentionNorm() : NormWeights.NONE;
    for (int c = 0; c < columns.count; c++) {
      math.addProjected(w.output(), behind, c, member, size);
    }
    if (place == NormPlace.AFTER_SUM) {
      team.barrier();
      math.normResidual(w.postAttentionNorm(), member, size);
    }
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

  private void finishLogits(int at, int rows) {
    FamilyTraits traits = config.traits();
    if (traits.logitScale() != 1) {
      ColumnMath.multiply(logits, at, rows, traits.logitScale());
    }
    if (traits.logitSoftcap() > 0) {
      floats.softcap(logits, at, rows, traits.logitSoftcap());
    }
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
    int first = matMul.firstRow(head, member, size);
    int rows = matMul.firstRow(head, member + 1, size) - first;
    for (int i = 0; i < wanted; i++) {
      finishLogits(i * stride + first, rows);
    }
  }
}
