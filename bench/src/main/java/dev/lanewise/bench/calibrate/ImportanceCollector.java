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

  /** Of each layer, what matrices get that all tokens go through. */
  private final List<Map<Activation, SquareSums>> ofAll = new ArrayList<>();

  /** Of each layer, what the matrices of experts get; nothing in dense models. */
  private final List<Map<Activation, SquareSums>> ofExperts = new ArrayList<>();

  private ImportanceCollector(ModelConfig config) {
    this.config = config;
    int experts = config.traits().experts().count();
    for (int layer = 0; layer < config.layers(); layer++) {
      Map<Activation, SquareSums> all = new LinkedHashMap<>();
      all.put(Activation.ATTENTION_INPUT, new SquareSums(1, config.hidden()));
      all.put(Activation.ATTENTION_OUTPUT, new SquareSums(1, config.queryDim()));
      Map<Activation, SquareSums> network = config.hasExperts() ? new LinkedHashMap<>() : all;
      int matrices = config.hasExperts() ? experts : 1;
      network.put(Activation.FFN_INPUT, new SquareSums(matrices, config.hidden()));
      network.put(Activation.PRODUCT, new SquareSums(matrices, config.ffnHidden()));
      ofAll.add(all);
      ofExperts.add(config.hasExperts() ? network : Map.of());
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
    SquareSums sums = ofAll.get(layer).get(activation);
    if (sums != null) {
      sums.add(0, values, from);
    }
  }

  @Override
  public void observeExpert(
      int layer, int expert, Activation activation, float[] values, int from, int count) {
    ofExperts.get(layer).get(activation).add(expert, values, from);
  }

  private ImportanceMatrix matrix() {
    Map<String, ImportanceMatrix.Inputs> inputs = new LinkedHashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      add(inputs, layer, ofAll.get(layer), false);
      add(inputs, layer, ofExperts.get(layer), true);
    }
    return new ImportanceMatrix(inputs);
  }

  private void add(
      Map<String, ImportanceMatrix.Inputs> inputs,
      int layer,
      Map<Activation, SquareSums> sums,
      boolean ofExperts) {
    sums.forEach(
        (activation, ofInput) -> {
          for (TensorName name : ofExperts ? expertReaders(activation) : readers(activation)) {
            inputs.put(name.fileName(layer), ofInput.inputs());
          }
        });
  }

  /** The tensors of the file that hold the matrices with an input. */
  private List<TensorName> readers(Activation input) {
    boolean gate = config.feedForward().isGated() && !config.traits().has(Trait.FUSED_GATE_UP);
    return switch (input) {
      case ATTENTION_INPUT ->
          config.traits().has(Trait.FUSED_QKV)
              ? List.of(TensorName.FUSED_QKV)
              : List.of(TensorName.QUERY, TensorName.KEY, TensorName.VALUE);
      case ATTENTION_OUTPUT -> List.of(TensorName.ATTENTION_OUTPUT);
      case FFN_INPUT ->
          gate ? List.of(TensorName.FFN_GATE, TensorName.FFN_UP) : List.of(TensorName.FFN_UP);
      case PRODUCT -> List.of(TensorName.FFN_DOWN);
      case BLOCK_INPUT, GATE, UP -> List.of();
    };
  }

  private static List<TensorName> expertReaders(Activation input) {
    return input == Activation.FFN_INPUT
        ? List.of(TensorName.EXPERT_GATES, TensorName.EXPERT_UPS)
        : List.of(TensorName.EXPERT_DOWNS);
  }
}
