package dev.lanewise.engine.transformer;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.packed.PackedWeights;
import dev.lanewise.engine.transformer.ForwardPass.Arithmetic;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.Rope;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;

/**
 * The forward pass of a decoder-only transformer with RMSNorm, rotary positions, grouped-query
 * attention and SwiGLU.
 *
 * <p>Prompts are computed in chunks of one sequence, decoding steps with one token of each of some
 * sequences. The results of a sequence are the same bit for bit, however its prompt is cut into
 * chunks, whatever sequences are decoded beside it, and with any number of threads. One thread at a
 * time may use a transformer; its thread team computes. A decoding step allocates nothing, unless
 * it has more columns or a longer sequence than any before.
 */
public final class Transformer implements AutoCloseable {
  /** Most prompt positions, and most sequences, that are computed together. */
  public static final int CHUNK = 256;

  private final ModelConfig config;
  private final PackedWeights packed;
  private final WeightSizes weightSizes;
  private final boolean int8;
  private final int context;
  private final Columns columns;
  private final ForwardPass pass;
  private final KvCache[] oneCache = new KvCache[1];
  private final int[] oneToken = new int[1];
  private float[] logits;

  /** Packs the weights of a model as they are in the file. */
  public Transformer(
      GgufFile file,
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
      GgufFile file,
      ModelConfig config,
      Kernels kernels,
      ThreadTeam team,
      int context,
      boolean int8,
      WeightOptions weightOptions,
      LoadProgress progress)
      throws IOException {
    this.config = config;
    this.int8 = int8;
    this.context = context;
    MatMul matMul = new MatMul(kernels, team);
    Weights weights = Weights.load(file, config, matMul, team, weightOptions, progress);
    packed = weights.packed();
    weightSizes = WeightSizes.of(weights.layers(), weights.head());
    Rope rope =
        new Rope(
            context,
            config.rotaryDims(),
            config.ropeTheta(),
            weights.ropeFactors(),
            config.ropeScale(),
            config.ropeLayout());
    columns = new Columns(config, CHUNK);
    Attention attention = new Attention(config, kernels.attention(), rope, team.size(), CHUNK);
    pass = new ForwardPass(config, weights, kernels.floats(), matMul, team, attention, columns);
    logits = new float[config.vocabulary()];
  }

  /** The shape of the model. */
  public ModelConfig config() {
    return config;
  }

  /** How much there is to multiply with. */
  public WeightSizes weightSizes() {
    return weightSizes;
  }

  /** An empty cache for one sequence. */
  public KvCache newCache(KvFormat format) {
    return KvCache.alone(config, format, context);
  }

  /**
   * Computes up to {@link #CHUNK} prompt tokens that follow what is in the cache.
   *
   * @param wantLogits whether the logits after the last of them are needed
   * @return the logits {@code [vocabulary]}, overwritten by the next call, or what they were if not
   *     wanted
   */
  public float[] prefill(KvCache cache, int[] tokens, int from, int count, boolean wantLogits) {
    // One column of logits is as in a decoding step.
    Arithmetic head = int8 ? Arithmetic.DECODE : Arithmetic.EXACT;
    prefill(cache, tokens, from, count, head, wantLogits ? count - 1 : count, logits);
    return logits;
  }

  /**
   * As {@link #prefill}, with the logits after each of the tokens: {@code [count, vocabulary]},
   * new. For measuring quality.
   */
  public float[] prefillAllLogits(KvCache cache, int[] tokens, int from, int count) {
    float[] all = new float[Math.multiplyExact(count, config.vocabulary())];
    Arithmetic head = int8 ? Arithmetic.PREFILL : Arithmetic.EXACT;
    prefill(cache, tokens, from, count, head, 0, all);
    return all;
  }

  private void prefill(
      KvCache cache,
      int[] tokens,
      int from,
      int count,
      Arithmetic headArithmetic,
      int firstWanted,
      float[] logits) {
    checkCount(count);
    cache.reserve(cache.length() + count);
    columns.clear();
    for (int i = 0; i < count; i++) {
      columns.add(cache, i, tokens[from + i]);
    }
    Arithmetic arithmetic = int8 ? Arithmetic.PREFILL : Arithmetic.EXACT;
    pass.run(arithmetic, headArithmetic, firstWanted, logits);
    cache.advance(count);
  }

  /**
   * Computes one token that follows what is in the cache.
   *
   * @return the logits {@code [vocabulary]} after it, overwritten by the next call
   */
  public float[] decode(KvCache cache, int token) {
    oneCache[0] = cache;
    oneToken[0] = token;
    return decode(oneCache, oneToken, 1);
  }

  /**
   * Computes one token of each of the first {@code count} sequences, which follows what is in its
   * cache.
   *
   * @param caches a different one for each sequence
   * @param count at most {@link #CHUNK}
   * @return the logits {@code [count, vocabulary]} after them, overwritten by the next call
   */
  public float[] decode(KvCache[] caches, int[] tokens, int count) {
    checkCount(count);
    columns.clear();
    for (int i = 0; i < count; i++) {
      caches[i].reserve(caches[i].length() + 1);
      columns.add(caches[i], 0, tokens[i]);
    }
    int needed = Math.multiplyExact(count, config.vocabulary());
    if (logits.length < needed) {
      logits = new float[needed];
    }
    Arithmetic arithmetic = int8 ? Arithmetic.DECODE : Arithmetic.EXACT;
    pass.run(arithmetic, arithmetic, 0, logits);
    for (int i = 0; i < count; i++) {
      caches[i].advance(1);
    }
    return logits;
  }

  private static void checkCount(int count) {
    if (count < 1 || count > CHUNK) {
      throw new IllegalArgumentException(count + " columns; 1 to " + CHUNK + " can be computed");
    }
  }

  /** Frees the packed weights. */
  @Override
  public void close() {
    packed.close();
  }
}
