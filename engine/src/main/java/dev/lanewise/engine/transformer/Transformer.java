package dev.lanewise.engine.transformer;

import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.Rope;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.matrix.Int8Vector;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import java.lang.foreign.Arena;

/**
 * The forward pass of a decoder-only transformer with RMSNorm, rotary positions, grouped-query
 * attention and SwiGLU.
 *
 * <p>Prompts are computed in chunks of columns with F32 activations; a decoding step has one
 * column, whose activations are rounded to 8 bits before each product unless full precision was
 * asked for. One thread at a time may use a transformer; the products and the attention of a step
 * are split over its thread team. A decoding step allocates nothing.
 */
public final class Transformer implements AutoCloseable {
  /** Prompt positions computed together. */
  public static final int CHUNK = 512;

  private final ModelConfig config;
  private final Arena arena = Arena.ofShared();
  private final FloatKernels floats;
  private final Kernels kernels;
  private final MatMul matMul;
  private final Weights weights;
  private final WeightSizes weightSizes;
  private final Rope rope;
  private final Attention attention;
  private final boolean int8;
  private final int context;
  private final Activations step;
  private final Int8Vector rounded;
  private final float[] logits;
  private final float[] normed;
  private Activations chunk;

  /** The vectors of some columns, row-major; and the products that one input feeds together. */
  private static final class Activations {
    final int columns;
    final float[] residual;
    final float[] normed;
    final float[] query;
    final float[] key;
    final float[] value;
    final float[] attended;
    final float[] gate;
    final float[] up;
    final float[] projected;
    final float[][] qkv;
    final float[][] gateUp;

    Activations(ModelConfig config, int columns) {
      this.columns = columns;
      residual = new float[columns * config.hidden()];
      normed = new float[columns * config.hidden()];
      query = new float[columns * config.queryDim()];
      key = new float[columns * config.kvDim()];
      value = new float[columns * config.kvDim()];
      attended = new float[columns * config.queryDim()];
      gate = new float[columns * config.ffnHidden()];
      up = new float[columns * config.ffnHidden()];
      projected = new float[columns * config.hidden()];
      qkv = new float[][] {query, key, value};
      gateUp = new float[][] {gate, up};
    }
  }

  private final Matrix[][] qkv;
  private final Matrix[][] gateUp;

  /**
   * Packs the weights of a model.
   *
   * @param context the most positions a sequence may have
   * @param int8 whether decoding rounds activations to 8 bits
   */
  public Transformer(
      GgufFile file,
      ModelConfig config,
      Kernels kernels,
      ThreadTeam team,
      int context,
      boolean int8,
      LoadProgress progress) {
    this.config = config;
    this.kernels = kernels;
    this.int8 = int8;
    this.context = context;
    floats = kernels.floats();
    matMul = new MatMul(kernels, team);
    weights = Weights.load(file, config, matMul, arena, progress);
    weightSizes = WeightSizes.of(weights.layers(), weights.head());
    rope =
        new Rope(
            context,
            config.rotaryDims(),
            config.ropeTheta(),
            weights.ropeFactors(),
            config.ropeScale(),
            config.ropeLayout());
    attention = new Attention(config, kernels.attention(), team, context);
    step = new Activations(config, 1);
    int widest = Math.max(Math.max(config.hidden(), config.queryDim()), config.ffnHidden());
    rounded = new Int8Vector(widest);
    logits = new float[config.vocabulary()];
    normed = new float[config.hidden()];
    qkv = new Matrix[config.layers()][];
    gateUp = new Matrix[config.layers()][];
    for (int layer = 0; layer < config.layers(); layer++) {
      LayerWeights w = weights.layers().get(layer);
      qkv[layer] = new Matrix[] {w.query(), w.key(), w.value()};
      gateUp[layer] = new Matrix[] {w.gate(), w.up()};
    }
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
    return new KvCache(config, format, context);
  }

  /**
   * Computes up to {@link #CHUNK} prompt tokens that follow what is in the cache.
   *
   * @param wantLogits whether the logits after the last of them are needed
   * @return the logits {@code [vocabulary]}, overwritten by the next call, or what they were if not
   *     wanted
   */
  public float[] prefill(KvCache cache, int[] tokens, int from, int count, boolean wantLogits) {
    Activations a = forward(cache, tokens, from, count);
    if (wantLogits) {
      int last = (count - 1) * config.hidden();
      floats.rmsNorm(
          a.residual, last, weights.outputNorm(), normed, 0, config.hidden(), config.normEpsilon());
      matMul.f32(weights.head(), normed, 1, logits);
    }
    return logits;
  }

  /**
   * As {@link #prefill}, with the logits after each of the tokens: {@code [count, vocabulary]},
   * new. For measuring quality.
   */
  public float[] prefillAllLogits(KvCache cache, int[] tokens, int from, int count) {
    Activations a = forward(cache, tokens, from, count);
    float[] all = new float[Math.multiplyExact(count, config.vocabulary())];
    norm(a, weights.outputNorm(), count);
    matMul.f32(weights.head(), a.normed, count, all);
    return all;
  }

  private Activations forward(KvCache cache, int[] tokens, int from, int count) {
    if (count < 1 || count > CHUNK) {
      throw new IllegalArgumentException("a chunk of " + count + " tokens; 1 to " + CHUNK);
    }
    if (chunk == null || chunk.columns < count) {
      chunk = new Activations(config, count == 1 ? 1 : CHUNK);
    }
    int first = cache.length();
    cache.reserve(first + count);
    embed(chunk, tokens, from, count);
    for (int layer = 0; layer < config.layers(); layer++) {
      LayerWeights w = weights.layers().get(layer);
      norm(chunk, w.attentionNorm(), count);
      matMul.f32(w.query(), chunk.normed, count, chunk.query);
      matMul.f32(w.key(), chunk.normed, count, chunk.key);
      matMul.f32(w.value(), chunk.normed, count, chunk.value);
      attend(chunk, w, cache, layer, first, count);
      matMul.f32(w.output(), chunk.attended, count, chunk.projected);
      floats.add(chunk.residual, 0, chunk.projected, 0, count * config.hidden());
      norm(chunk, w.ffnNorm(), count);
      matMul.f32(w.gate(), chunk.normed, count, chunk.gate);
      matMul.f32(w.up(), chunk.normed, count, chunk.up);
      floats.siluTimes(chunk.gate, chunk.up, 0, count * config.ffnHidden());
      matMul.f32(w.down(), chunk.gate, count, chunk.projected);
      floats.add(chunk.residual, 0, chunk.projected, 0, count * config.hidden());
    }
    cache.advance(count);
    return chunk;
  }

  /**
   * Computes one token that follows what is in the cache.
   *
   * @return the logits {@code [vocabulary]} after it, overwritten by the next call
   */
  public float[] decode(KvCache cache, int token) {
    int position = cache.length();
    cache.reserve(position + 1);
    Activations a = step;
    weights.embedding().decode(token, 0, config.hidden(), a.residual, 0);
    for (int layer = 0; layer < config.layers(); layer++) {
      LayerWeights w = weights.layers().get(layer);
      norm(a, w.attentionNorm(), 1);
      products(qkv[layer], a.normed, a.qkv);
      attend(a, w, cache, layer, position, 1);
      product(w.output(), a.attended, a.projected);
      floats.add(a.residual, 0, a.projected, 0, config.hidden());
      norm(a, w.ffnNorm(), 1);
      products(gateUp[layer], a.normed, a.gateUp);
      floats.siluTimes(a.gate, a.up, 0, config.ffnHidden());
      product(w.down(), a.gate, a.projected);
      floats.add(a.residual, 0, a.projected, 0, config.hidden());
    }
    cache.advance(1);
    norm(a, weights.outputNorm(), 1);
    product(weights.head(), a.normed, logits);
    return logits;
  }

  private void products(Matrix[] ws, float[] x, float[][] ys) {
    if (int8) {
      rounded.quantize(x, 0, ws[0].cols());
      matMul.int8(ws, rounded, ys);
    } else {
      for (int i = 0; i < ws.length; i++) {
        matMul.f32(ws[i], x, 1, ys[i]);
      }
    }
  }

  private void product(Matrix w, float[] x, float[] y) {
    if (int8) {
      rounded.quantize(x, 0, w.cols());
      matMul.int8(w, rounded, y);
    } else {
      matMul.f32(w, x, 1, y);
    }
  }

  private void embed(Activations a, int[] tokens, int from, int count) {
    for (int c = 0; c < count; c++) {
      weights
          .embedding()
          .decode(tokens[from + c], 0, config.hidden(), a.residual, c * config.hidden());
    }
  }

  private void norm(Activations a, float[] weight, int count) {
    int hidden = config.hidden();
    for (int c = 0; c < count; c++) {
      floats.rmsNorm(
          a.residual, c * hidden, weight, a.normed, c * hidden, hidden, config.normEpsilon());
    }
  }

  /** Biases, rotation, storing of keys and values, and attention for {@code count} columns. */
  private void attend(
      Activations a, LayerWeights w, KvCache cache, int layer, int first, int count) {
    int kvDim = config.kvDim();
    for (int c = 0; c < count; c++) {
      int position = first + c;
      floats.add(a.query, c * config.queryDim(), w.queryBias(), 0, w.queryBias().length);
      floats.add(a.key, c * kvDim, w.keyBias(), 0, w.keyBias().length);
      floats.add(a.value, c * kvDim, w.valueBias(), 0, w.valueBias().length);
      rope.rotate(a.query, c * config.queryDim(), config.heads(), config.headDim(), position);
      rope.rotate(a.key, c * kvDim, config.kvHeads(), config.headDim(), position);
      kernels
          .attention()
          .store(
              a.key,
              c * kvDim,
              cache.layer(layer),
              cache.format(),
              cache.keyOffset(0, position),
              kvDim);
      kernels
          .attention()
          .store(
              a.value,
              c * kvDim,
              cache.layer(layer),
              cache.format(),
              cache.valueOffset(0, position),
              kvDim);
    }
    attention.attend(a.query, cache, layer, first, count, a.attended);
  }

  /** Frees the packed weights. */
  @Override
  public void close() {
    arena.close();
  }
}
