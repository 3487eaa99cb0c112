package dev.lanewise.engine.transformer;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.gather.Gather;
import dev.lanewise.math.kernel.AttentionKernels;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;
import java.util.List;

/**
 * The encoder of an encoder-decoder. It reads texts whole, each in one pass, and leaves behind, in
 * the cache of a sequence, the keys and values that each layer of the decoder attends to. While the
 * pass runs, the blocks of that cache hold the encoder's own, which nobody needs afterwards.
 */
final class Encoder implements AutoCloseable {
  private final ModelConfig config;
  private final Weights weights;
  private final List<CrossWeights> cross;
  private final ThreadTeam team;
  private final AttentionKernels kernels;
  private final Columns columns;
  private final ColumnMath math;
  private final CompactLayers compact;
  private final ForwardPass pass;
  private final ThreadTeam.Task handOver = this::handOver;

  /**
   * An encoder.
   *
   * @param config of the encoder
   * @param cross the weights of the decoder's layers that attend to it
   * @param mostTokens of the texts of a pass
   * @param int8 whether activations may be rounded to 8 bits
   */
  Encoder(
      ModelConfig config,
      Weights weights,
      List<CrossWeights> cross,
      Kernels kernels,
      MatMul matMul,
      ThreadTeam team,
      int mostTokens,
      boolean int8) {
    this.config = config;
    this.weights = weights;
    this.cross = cross;
    this.team = team;
    this.kernels = kernels.attention();
    columns = new Columns(config, mostTokens);
    math = new ColumnMath(config, kernels.floats(), matMul, columns, int8);
    compact = new CompactLayers(weights.layers(), new Gather(kernels, team), team);
    SkipCounts counts = new SkipCounts(config, 0);
    LayerRopes ropes = new LayerRopes(config, 0, weights.ropeFactors());
    PositionBias bias = weights.positionBias(config, kernels.floats());
    pass =
        new ForwardPass(
            config,
            weights,
            kernels.floats(),
            matMul,
            team,
            new Attention(
                config, kernels, ropes, bias, Reach.BIDIRECTIONAL, team.size(), mostTokens),
            null,
            columns,
            math,
            compact,
            new SkippingProducts(math, matMul, columns, counts),
            counts,
            int8);
  }

  /** Begins a pass. */
  void clear() {
    columns.clear();
  }

  /** Whether there is nothing to read. */
  boolean isIdle() {
    return columns.count == 0;
  }

  /**
   * Adds a text.
   *
   * @param encoded takes what is found; empty, with room for the text
   * @throws IllegalArgumentException if a pass has no room for it
   */
  void add(KvCache encoded, int[] text) {
    if (text.length < 1 || columns.count + text.length > columns.tokens.length) {
      throw new IllegalArgumentException(
          "a text of %d tokens; a pass of the encoder has 1 to %d, and %d already"
              .formatted(text.length, columns.tokens.length, columns.count));
    }
    columns.addPrompt(encoded, text, 0, text.length, Sparsity.NONE);
  }

  /** As {@link #add(KvCache, int[])}, with a reader of the final hidden states. */
  void add(KvCache encoded, int[] text, HiddenStateReader reader) {
    int first = columns.count;
    add(encoded, text);
    for (int c = first; c < columns.count; c++) {
      columns.read(c, reader);
    }
  }

  /** Reads the texts. */
  void run() {
    pass.runBlocks();
    team.run(handOver);
    columns.advance();
    for (int i = 0; i < columns.readCount; i++) {
      int column = columns.read[i];
      columns.readers[i].next(columns.normed.floats(), column * columns.normed.stride());
    }
  }

  /** Norms the final states, and stores the keys and values of the decoder's layers. */
  private void handOver(int member, int size) {
    int rounded = 0;
    for (int layer = 0; layer < cross.size(); layer++) {
      CrossWeights w = cross.get(layer);
      rounded = Math.max(rounded, Math.max(math.rounded(w.key()), math.rounded(w.value())));
    }
    math.norm(weights.outputNorm(), rounded, member, size);
    for (int layer = 0; layer < cross.size(); layer++) {
      CrossWeights w = cross.get(layer);
      team.barrier();
      math.multiply(w.key(), columns.normed, columns.key, columns.kvStride, member, size);
      math.multiply(w.value(), columns.normed, columns.value, columns.kvStride, member, size);
      team.barrier();
      int end = ThreadTeam.share(columns.count, member + 1, size);
      for (int c = ThreadTeam.share(columns.count, member, size); c < end; c++) {
        store(layer, c);
      }
    }
  }

  private void store(int layer, int column) {
    KvCache cache = columns.caches[column];
    int position = columns.positions[column];
    for (int kvHead = 0; kvHead < config.kvHeads(); kvHead++) {
      int at = column * columns.kvStride + kvHead * config.headDim();
      kernels.store(
          cache.layout(),
          cache.page(layer, position / KvLayout.POSITIONS),
          cache.block(layer, kvHead),
          position % KvLayout.POSITIONS,
          columns.key,
          at,
          columns.value,
          at);
    }
  }

  /** Frees what it has beside the weights. */
  @Override
  public void close() {
    compact.close();
  }
}
