package dev.lanewise.engine.transformer;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.packed.PackedWeights;
import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.sparse.Thresholds;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.gather.Gather;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.config.ModelConfig;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The forward pass of a transformer: of one stack of blocks, or of a decoder beside an encoder.
 *
 * <p>A pass computes the next token of each of some sequences, and stretches of prompts: {@link
 * #clear}, {@link #addStep} and {@link #addPrompt}, then {@link #compute}. Before that, an encoder
 * reads the texts that {@link #addText} gave it. The results of a sequence are the same bit for
 * bit, however its prompt is cut, whatever is computed beside it, and with any number of threads.
 * One thread at a time may use a transformer; its thread team computes. A pass allocates nothing,
 * unless it has more logits or a longer sequence than any before.
 */
public final class Transformer implements AutoCloseable {
  /** Most positions that are computed together, of a model that generates. */
  public static final int CHUNK = KvCache.CHUNK;

  private final ModelConfig config;
  private final PackedWeights packed;
  private final WeightSizes weightSizes;
  private final int context;
  private final int mostColumns;
  private final Columns columns;
  private final Weights weights;
  private final MatMul matMul;
  private final ThreadTeam team;
  private final CompactLayers compact;
  private final SkippingProducts products;
  private final SkipCounts counts;
  private final ForwardPass pass;

  /** Null for models that are one stack. */
  private final Encoder encoder;

  private float[] logits;

  /** Packs the weights of a model as they are in the file. */
  public Transformer(
      StoredModel file,
      ModelConfig config,
      Kernels kernels,
      ThreadTeam team,
      int context,
      boolean int8,
      LoadProgress progress)
      throws IOException {
    this(file, config, kernels, team, context, int8, WeightOptions.AS_IS, progress);
  }

  /**
   * Packs the weights of a model, or finds them packed.
   *
   * @param context the most positions a sequence may have
   * @param int8 whether activations may be rounded to 8 bits
   * @throws IOException if the model file cannot be read
   * @throws dev.lanewise.engine.InvalidRequest if the rows of a matrix do not fill blocks of the
   *     format that weights are converted to
   */
  public Transformer(
      StoredModel file,
      ModelConfig config,
      Kernels kernels,
      ThreadTeam team,
      int context,
      boolean int8,
      WeightOptions weightOptions,
      LoadProgress progress)
      throws IOException {
    this.config = config;
    this.context = context;
    this.team = team;
    matMul = new MatMul(kernels, team);
    weights = Weights.load(file, config, matMul, team, weightOptions, progress);
    packed = weights.packed();
    weightSizes = WeightSizes.of(weights, config.traits().experts());
    LayerRopes ropes = new LayerRopes(config, context, weights.ropeFactors());
    mostColumns = config.generates() ? CHUNK : context;
    columns = new Columns(config, mostColumns);
    Attention attention =
        new Attention(
            config,
            kernels,
            ropes,
            weights.positionBias(config, kernels.floats()),
            config.generates() ? Reach.CAUSAL : Reach.BIDIRECTIONAL,
            team.size(),
            mostColumns);
    compact = new CompactLayers(weights.layers(), new Gather(kernels, team), team);
    ColumnMath math = new ColumnMath(config, kernels.floats(), matMul, columns, int8);
    counts = new SkipCounts(config, weightSizes.bytes() - weights.textBytes());
    products = new SkippingProducts(math, matMul, columns, counts);
    pass =
        new ForwardPass(
            config,
            weights,
            kernels.floats(),
            matMul,
            team,
            attention,
            cross(kernels, math),
            columns,
            math,
            compact,
            products,
            counts,
            int8);
    encoder =
        weights.encoder() == null
            ? null
            : new Encoder(
                config.encoder().orElseThrow(),
                weights.encoder(),
                weights.cross(),
                kernels,
                matMul,
                team,
                Math.max(context, CHUNK),
                int8);
    logits = new float[config.generates() ? config.vocabulary() : 0];
  }

  private CrossAttention cross(Kernels kernels, ColumnMath math) {
    if (!config.hasEncoder()) {
      return null;
    }
    LayerRopes ropes = new LayerRopes(config, 0, weights.ropeFactors());
    Attention attention =
        new Attention(
            config, kernels, ropes, PositionBias.NONE, Reach.ENCODED, team.size(), mostColumns);
    return new CrossAttention(weights.cross(), attention, columns, math, team, config.queryDim());
  }

  /**
   * Bytes that the packed weights of a file will take, whose tensors were checked.
   *
   * @param format what the weights are converted to; empty for none
   * @throws InvalidRequest if rows do not fill blocks of the format
   */
  public static long packedBytes(
      StoredModel file, ModelConfig config, Kernels kernels, Optional<BlockFormat> format) {
    return Weights.packedBytes(file, config, kernels, format);
  }

  /** The shape of the model. */
  public ModelConfig config() {
    return config;
  }

  /** Most positions that are computed together: of an encoder all of a text, for it has to be. */
  public int mostColumns() {
    return mostColumns;
  }

  /** How much there is to multiply with. */
  public WeightSizes weightSizes() {
    return weightSizes;
  }

  /** An empty cache for one sequence. */
  public KvCache newCache(KvFormat format) {
    return KvCache.alone(config, format, context);
  }

  /** Begins a pass, without what was added to another. */
  public void clear() {
    columns.clear();
    if (encoder != null) {
      encoder.clear();
    }
  }

  /**
   * Adds a text for the encoder, in the place of the one that the sequence had: what is computed of
   * the sequence in this pass and in later ones attends to it. Nothing is added if this fails.
   *
   * @throws IllegalArgumentException if the texts of a pass have more tokens than the context and
   *     than {@link #CHUNK}
   */
  public void addText(KvCache cache, int[] text) {
    encoder.add(roomFor(cache, text), text);
  }

  /** As {@link #addText(KvCache, int[])}; the final states of the encoder go to {@code reader}. */
  public void addText(KvCache cache, int[] text, HiddenStateReader reader) {
    encoder.add(roomFor(cache, text), text, reader);
  }

  private static KvCache roomFor(KvCache cache, int[] text) {
    KvCache encoded = cache.encoded();
    encoded.truncate(0);
    encoded.reserve(text.length);
    return encoded;
  }

  /**
   * Adds a token that follows what is in the cache, as generation goes on. Nothing is added if this
   * fails.
   *
   * @param cache not in this pass yet
   */
  public void addStep(KvCache cache, int token) {
    addStep(cache, token, Sparsity.NONE);
  }

  /**
   * As {@link #addStep(KvCache, int)}.
   *
   * @param left what is left out
   */
  public void addStep(KvCache cache, int token, Sparsity left) {
    checkRoom(1);
    cache.reserve(cache.length() + 1);
    columns.addStep(cache, token, left);
  }

  /**
   * Adds prompt tokens that follow what is in the cache; after all steps. Nothing is added if this
   * fails.
   *
   * @param cache not in this pass yet
   * @param wanted after how many of them, up to the last, the logits are needed
   */
  public void addPrompt(KvCache cache, int[] tokens, int from, int count, int wanted) {
    addPrompt(cache, tokens, from, count, wanted, Sparsity.NONE);
  }

  /**
   * As {@link #addPrompt(KvCache, int[], int, int, int)}.
   *
   * @param left what is left out
   */
  public void addPrompt(
      KvCache cache, int[] tokens, int from, int count, int wanted, Sparsity left) {
    checkRoom(count);
    cache.reserve(cache.length() + count);
    columns.addPrompt(cache, tokens, from, count, left);
    for (int c = columns.count - wanted; c < columns.count; c++) {
      columns.want(c);
    }
  }

  /**
   * As {@link #addPrompt(KvCache, int[], int, int, int)}, without logits: the final hidden state of
   * each of the tokens goes to {@code reader} when they are computed.
   */
  public void addPrompt(
      KvCache cache, int[] tokens, int from, int count, HiddenStateReader reader) {
    int first = columns.count;
    addPrompt(cache, tokens, from, count, 0);
    for (int c = first; c < columns.count; c++) {
      columns.read(c, reader);
    }
  }

  /**
   * Computes what was added.
   *
   * @return the logits {@code [wanted, vocabulary]} after the steps, then after the tokens of
   *     prompts that wanted them; overwritten by the next pass
   */
  public float[] compute() {
    int needed = Math.multiplyExact(columns.wantedCount, config.vocabulary());
    if (logits.length < needed) {
      logits = new float[needed];
    }
    readTexts();
    if (columns.count > 0) {
      pass.run(false, logits);
    }
    columns.advance();
    columns.handOn();
    return logits;
  }

  private void readTexts() {
    if (encoder != null && !encoder.isIdle()) {
      encoder.run();
    }
  }

  /**
   * Computes up to {@link #CHUNK} prompt tokens that follow what is in the cache.
   *
   * @param wantLogits whether the logits after the last of them are needed
   * @return the logits {@code [vocabulary]}, overwritten by the next pass, or what they were if not
   *     wanted
   */
  public float[] prefill(KvCache cache, int[] tokens, int from, int count, boolean wantLogits) {
    clear();
    addPrompt(cache, tokens, from, count, wantLogits ? 1 : 0);
    return compute();
  }

  /**
   * As {@link #prefill}, with the logits after each of the tokens: {@code [count, vocabulary]},
   * new. For measuring quality.
   */
  public float[] prefillAllLogits(KvCache cache, int[] tokens, int from, int count) {
    return prefillAllLogits(cache, tokens, from, count, Sparsity.NONE);
  }

  /**
   * As {@link #prefillAllLogits(KvCache, int[], int, int)}.
   *
   * @param left what is left out
   */
  public float[] prefillAllLogits(KvCache cache, int[] tokens, int from, int count, Sparsity left) {
    clear();
    addPrompt(cache, tokens, from, count, count, left);
    float[] all = new float[Math.multiplyExact(count, config.vocabulary())];
    readTexts();
    pass.run(true, all);
    columns.advance();
    return all;
  }

  /** Shows vectors of all passes from now on to an observer, or to nobody. For calibration. */
  public void observe(Optional<ActivationObserver> observer) {
    pass.observe(observer);
  }

  /**
   * Computes one block alone for the first positions of a sequence. For calibration.
   *
   * @param cache empty, and empty afterwards
   * @param residuals {@code [count, hidden]} before the block, and after it when this returns
   * @param left what is left out
   */
  public void computeBlock(int layer, KvCache cache, float[] residuals, int count, Sparsity left) {
    int hidden = config.hidden();
    clear();
    addPrompt(cache, new int[count], 0, count, 0, left);
    for (int c = 0; c < count; c++) {
      System.arraycopy(residuals, c * hidden, columns.residual, c * columns.hiddenStride, hidden);
    }
    pass.runBlock(layer);
    for (int c = 0; c < count; c++) {
      System.arraycopy(columns.residual, c * columns.hiddenStride, residuals, c * hidden, hidden);
    }
  }

  /**
   * Computes one token that follows what is in the cache.
   *
   * @return the logits {@code [vocabulary]} after it, overwritten by the next pass
   */
  public float[] decode(KvCache cache, int token) {
    clear();
    addStep(cache, token);
    return compute();
  }

  /**
   * Computes one token of each of the first {@code count} sequences, which follows what is in its
   * cache.
   *
   * @param caches a different one for each sequence
   * @param count at most {@link #CHUNK}
   * @return the logits {@code [count, vocabulary]} after them, overwritten by the next pass
   */
  public float[] decode(KvCache[] caches, int[] tokens, int count) {
    clear();
    for (int i = 0; i < count; i++) {
      addStep(caches[i], tokens[i]);
    }
    return compute();
  }

  /**
   * Has steps of single sequences skip what thresholds leave out, and the neurons that are 0 by
   * themselves, where that is faster, which is measured once and takes some seconds. It needs a
   * second copy of the matrices whose inputs are left out, which is freed if it is of no use.
   * Without it thresholds have the same effect, but save nothing. There is nothing to prepare for
   * other kinds of sparsity.
   */
  public void prepareSkipping(Sparsity left) {
    Set<Projection> made = products.prepare(skippable(left), weights.layers());
    if (!made.isEmpty()) {
      new SwitchOver(config, weights.layers(), products, made, matMul, team).measure();
    }
  }

  /**
   * Whether {@link #prepareSkipping} found that what is left out is worth skipping in any matrix.
   *
   * @param share the share that is left out
   */
  public boolean isWorthSkipping(Sparsity left, double share) {
    return skippable(left).stream()
        .anyMatch(projection -> products.skipsUpTo(projection) >= 1 - share);
  }

  /** The matrices that may get many inputs of zero. */
  private Set<Projection> skippable(Sparsity left) {
    Set<Projection> skippable = EnumSet.noneOf(Projection.class);
    if (left instanceof Thresholds thresholds) {
      skippable.addAll(thresholds.projections());
    }
    if (config.feedForward().makesZeros()) {
      skippable.add(Projection.DOWN);
    }
    return skippable;
  }

  /** Bytes of the copies that were made to skip. */
  public long skippingBytes() {
    return products.bytes();
  }

  /** The weights of all blocks. */
  List<LayerWeights> layers() {
    return weights.layers();
  }

  /** The products that skip. */
  SkippingProducts products() {
    return products;
  }

  /** What the last pass left out. */
  public SkipCounts skipCounts() {
    return counts;
  }

  private void checkRoom(int more) {
    if (more < 1 || columns.count + more > mostColumns) {
      throw new IllegalArgumentException(
          "%d more columns; a pass has 1 to %d, and %d already"
              .formatted(more, mostColumns, columns.count));
    }
  }

  /** Frees the packed weights. */
  @Override
  public void close() {
    compact.close();
    if (encoder != null) {
      encoder.close();
    }
    products.close();
    packed.close();
  }
}
