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
import dev.lanewise.model.quantize.ImportanceMatrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Adds up the squares of the inputs of each matrix of the blocks, column by column, while a model
 * reads a text. What the output head gets is not observed.
 */
public final class ImportanceCollector implements ActivationObserver {
  private final ModelConfig config;
  private final List<Map<Activation, double[]>> sums = new ArrayList<>();
  private long positions;

  private ImportanceCollector(ModelConfig config) {
    this.config = config;
    for (int layer = 0; layer < config.layers(); layer++) {
      sums.add(
          Map.of(
              Activation.ATTENTION_INPUT, new double[config.hidden()],
              Activation.ATTENTION_OUTPUT, new double[config.queryDim()],
              Activation.FFN_INPUT, new double[config.hidden()],
              Activation.PRODUCT, new double[config.ffnHidden()]));
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
    double[] columns = sums.get(layer).get(activation);
    if (columns == null) {
      return;
    }
    for (int i = 0; i < count; i++) {
      columns[i] += (double) values[from + i] * values[from + i];
    }
    if (layer == 0 && activation == Activation.ATTENTION_INPUT) {
      positions++;
    }
  }

  private ImportanceMatrix matrix() {
    Map<String, ImportanceMatrix.Inputs> inputs = new LinkedHashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      Map<Activation, double[]> of = sums.get(layer);
      for (TensorName name : List.of(TensorName.QUERY, TensorName.KEY, TensorName.VALUE)) {
        inputs.put(name.fileName(layer), inputs(of.get(Activation.ATTENTION_INPUT)));
      }
      inputs.put(
          TensorName.ATTENTION_OUTPUT.fileName(layer), inputs(of.get(Activation.ATTENTION_OUTPUT)));
      if (config.feedForward().isGated()) {
        inputs.put(TensorName.FFN_GATE.fileName(layer), inputs(of.get(Activation.FFN_INPUT)));
      }
      inputs.put(TensorName.FFN_UP.fileName(layer), inputs(of.get(Activation.FFN_INPUT)));
      inputs.put(TensorName.FFN_DOWN.fileName(layer), inputs(of.get(Activation.PRODUCT)));
    }
    return new ImportanceMatrix(inputs);
  }

  private ImportanceMatrix.Inputs inputs(double[] columns) {
    float[] rounded = new float[columns.length];
    for (int i = 0; i < columns.length; i++) {
      rounded[i] = (float) columns[i];
    }
    return new ImportanceMatrix.Inputs(rounded, new float[] {positions});
  }
}
