package dev.lanewise.bench.calibrate;

import dev.lanewise.bench.quality.TextWindows;
import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.transformer.Activation;
import dev.lanewise.engine.transformer.ActivationObserver;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.config.Trait;
import dev.lanewise.model.quantize.ImportanceMatrix;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Adds up the squares of the inputs of each matrix of the blocks, column by column, while a model
 * reads a text; those of an expert's matrices, of the tokens that go through it. What the router
 * and the output head get is not observed.
 */
public final class ImportanceCollector implements ActivationObserver {
  private final ModelConfig config;

  /** Of each layer, by what is the input. */
  private final List<Map<Activation, SquareSums>> sums = new ArrayList<>();

  private ImportanceCollector(ModelConfig config) {
    this.config = config;
    int networks = config.hasExperts() ? config.traits().experts().count() : 1;
    for (int layer = 0; layer < config.layers(); layer++) {
      Map<Activation, SquareSums> ofLayer = new EnumMap<>(Activation.class);
      ofLayer.put(Activation.ATTENTION_INPUT, new SquareSums(1, config.hidden()));
      ofLayer.put(Activation.ATTENTION_OUTPUT, new SquareSums(1, config.queryDim()));
      ofLayer.put(Activation.FFN_INPUT, new SquareSums(networks, config.hidden()));
      ofLayer.put(Activation.PRODUCT, new SquareSums(networks, config.ffnHidden()));
      sums.add(ofLayer);
    }
  }

  /**
   * Reads all windows of a text, each from an empty context.
   *
   * @param tokens the text, without special tokens; what fills no window is left out
   * @param progress told the number of windows that are done, after each
   * @throws IllegalArgumentException if a window has less than 4 tokens or more than the
   *     transformer's context, or the text does not fill one
   */
  public static ImportanceMatrix collect(
      Transformer transformer, KvFormat kv, int[] tokens, int window, IntConsumer progress) {
    try (KvCache cache = transformer.newCache(kv)) {
      int count = new TextWindows(tokens, window, cache.capacity()).count();
      ImportanceCollector collector = new ImportanceCollector(transformer.config());
      new Windows(transformer, cache, tokens, window)
          .show(collector, count, Sparsity.NONE, progress);
      return collector.matrix();
    }
  }

  @Override
  public void observe(
      int layer, Activation activation, int position, float[] values, int from, int count) {
    // What a router gets, experts get as far as it chooses them.
    boolean routed = config.hasExperts() && activation == Activation.FFN_INPUT;
    SquareSums ofInput = sums.get(layer).get(activation);
    if (ofInput != null && !routed) {
      ofInput.add(0, values, from);
    }
  }

  @Override
  public void observeExpert(
      int layer, int expert, Activation activation, float[] values, int from, int count) {
    sums.get(layer).get(activation).add(expert, values, from);
  }

  private ImportanceMatrix matrix() {
    Map<String, ImportanceMatrix.Inputs> inputs = new LinkedHashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      for (Map.Entry<Activation, SquareSums> ofInput : sums.get(layer).entrySet()) {
        for (TensorName reader : readers(ofInput.getKey())) {
          inputs.put(reader.fileName(layer), ofInput.getValue().inputs());
        }
      }
    }
    return new ImportanceMatrix(inputs);
  }

  /** The tensors of the file that hold the matrices with an input. */
  private List<TensorName> readers(Activation input) {
    return switch (input) {
      case ATTENTION_INPUT ->
          config.traits().has(Trait.FUSED_QKV)
              ? List.of(TensorName.FUSED_QKV)
              : List.of(TensorName.QUERY, TensorName.KEY, TensorName.VALUE);
      case ATTENTION_OUTPUT -> List.of(TensorName.ATTENTION_OUTPUT);
      case FFN_INPUT -> networkReaders();
      case PRODUCT -> List.of(config.hasExperts() ? TensorName.EXPERT_DOWNS : TensorName.FFN_DOWN);
      case BLOCK_INPUT, GATE, UP -> List.of();
    };
  }

  private List<TensorName> networkReaders() {
    if (config.hasExperts()) {
      return List.of(TensorName.EXPERT_GATES, TensorName.EXPERT_UPS);
    }
    boolean gate = config.feedForward().isGated() && !config.traits().has(Trait.FUSED_GATE_UP);
    return gate ? List.of(TensorName.FFN_GATE, TensorName.FFN_UP) : List.of(TensorName.FFN_UP);
  }
}
