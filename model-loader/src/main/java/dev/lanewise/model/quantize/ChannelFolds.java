package dev.lanewise.model.quantize;

import dev.lanewise.model.StoredModel;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.config.Trait;
import dev.lanewise.model.quantize.ChannelFold.Maker;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The vectors of a model that can be scaled: what norms give to attention and to the feed-forward
 * part, values, and the products of gated networks. Experts share their input with the router, and
 * are left alone.
 */
final class ChannelFolds {
  private final StoredModel file;
  private final ModelConfig config;
  private final List<ChannelFold> folds = new ArrayList<>();

  private ChannelFolds(StoredModel file, ModelConfig config) {
    this.file = file;
    this.config = config;
  }

  /** Those of the model in a file; none if its family is not known, or has two halves. */
  static List<ChannelFold> of(StoredModel file) {
    ModelConfig config;
    try {
      config = Architecture.configOf(file);
    } catch (UnsupportedModel unknown) {
      return List.of();
    }
    ChannelFolds all = new ChannelFolds(file, config);
    for (int layer = 0; !config.hasEncoder() && layer < config.layers(); layer++) {
      all.addLayer(layer);
    }
    return all.folds;
  }

  private void addLayer(int layer) {
    if (config.normsAttentionInput(layer)) {
      addNormed(
          TensorName.ATTENTION_NORM.fileName(layer),
          readers(layer, TensorName.QUERY, TensorName.KEY, TensorName.VALUE, TensorName.FUSED_QKV));
    }
    addValues(layer);
    if (config.hasExperts()) {
      return;
    }
    if (config.traits().normPlace().before()) {
      addNormed(
          config.ffnNorm().fileName(layer), readers(layer, TensorName.FFN_GATE, TensorName.FFN_UP));
    }
    addProducts(layer);
  }

  private List<String> readers(int layer, TensorName... names) {
    return Stream.of(names)
        .map(name -> name.fileName(layer))
        .filter(name -> file.tensor(name).isPresent())
        .toList();
  }

  private void addNormed(String norm, List<String> readers) {
    List<Maker> makers = new ArrayList<>();
    makers.add(new Maker(norm, 0));
    if (config.biases().norms()) {
      makers.add(new Maker(TensorName.biasOf(norm), 0));
    }
    add(makers, readers, config.hidden());
  }

  /** Attention adds up values with weights that they have no part in. */
  private void addValues(int layer) {
    boolean fused = config.traits().has(Trait.FUSED_QKV);
    int first = fused ? config.queryDim() + config.kvDim() : 0;
    TensorName values = fused ? TensorName.FUSED_QKV : TensorName.VALUE;
    TensorName bias = fused ? TensorName.FUSED_QKV_BIAS : TensorName.VALUE_BIAS;
    List<Maker> makers = new ArrayList<>();
    makers.add(new Maker(values.fileName(layer), first));
    if (config.biases().qkv()) {
      makers.add(new Maker(bias.fileName(layer), first));
    }
    int headDim = config.headDim();
    int group = config.heads() / config.kvHeads();
    int[] elementOf =
        IntStream.range(0, config.queryDim())
            .map(column -> column / headDim / group * headDim + column % headDim)
            .toArray();
    List<String> readers = readers(layer, TensorName.ATTENTION_OUTPUT);
    folds.add(new ChannelFold(makers, readers, config.kvDim(), elementOf));
  }

  /** The product of a gate and of what it gates is linear in the latter. */
  private void addProducts(int layer) {
    boolean linear =
        config.feedForward().isGated() && config.feedForward() != FeedForwardForm.CLAMPED_SWIGLU;
    if (linear) {
      int first = config.traits().has(Trait.FUSED_GATE_UP) ? config.ffnHidden() : 0;
      Maker up = new Maker(TensorName.FFN_UP.fileName(layer), first);
      add(List.of(up), readers(layer, TensorName.FFN_DOWN), config.ffnHidden());
    }
  }

  private void add(List<Maker> makers, List<String> readers, int elements) {
    folds.add(new ChannelFold(makers, readers, elements, IntStream.range(0, elements).toArray()));
  }
}
