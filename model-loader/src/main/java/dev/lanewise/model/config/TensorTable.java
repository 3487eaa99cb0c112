package dev.lanewise.model.config;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tensors that a model has, by its shape. */
public final class TensorTable {
  private TensorTable() {}

  /** Names the first tensor that is missing, of another shape, or not known. */
  static void check(StoredModel file, ModelConfig config) {
    Map<String, List<Long>> expected = of(config);
    expected.forEach(
        (name, dims) -> {
          TensorInfo tensor =
              file.tensor(name)
                  .orElseThrow(
                      () -> new ModelFormatException(file.path(), "tensor " + name, "missing"));
          if (!tensor.dims().equals(dims)) {
            throw new ModelFormatException(
                file.path(),
                "tensor " + name,
                "its dimensions are %s, not %s".formatted(tensor.dims(), dims));
          }
        });
    for (TensorInfo tensor : file.tensors()) {
      boolean factors =
          tensor.name().equals(TensorName.ROPE_FACTORS.fileName())
              && tensor.elements() == config.rotaryDims() / 2;
      boolean types =
          tensor.name().equals(TensorName.TOKEN_TYPES.fileName())
              && config.traits().has(Trait.TOKEN_TYPES)
              && tensor.cols() == config.hidden();
      boolean optional =
          factors || types || isUnusedBias(tensor, config) || isScale(file, tensor, expected);
      if (!expected.containsKey(tensor.name()) && !optional) {
        throw new UnsupportedModel(
            file.path(),
            "tensor "
                + tensor.name()
                + ", which the "
                + config.architecture()
                + " family does not use,",
            "the tensors listed by `lanewise inspect` of a model that runs");
      }
    }
  }

  /** Whether a tensor is one that old files of T5 have, and that no engine uses. */
  private static boolean isUnusedBias(TensorInfo tensor, ModelConfig config) {
    return config.hasEncoder()
        && tensor.name().equals(Half.DECODER.fileName(TensorName.CROSS_RELATIVE_BIAS.fileName(0)));
  }

  /** Whether a tensor is the scale of NVFP4 weights that the model uses. */
  private static boolean isScale(
      StoredModel file, TensorInfo tensor, Map<String, List<Long>> expected) {
    Optional<String> scaled = TensorName.scaled(tensor.name()).filter(expected::containsKey);
    if (scaled.isEmpty()) {
      return false;
    }
    BlockFormat format = file.tensor(scaled.get()).orElseThrow().format();
    if (format != BlockFormat.NVFP4) {
      throw new UnsupportedModel(
          file.path(), "tensor " + tensor.name() + ", a scale of " + format, "scales of NVFP4");
    }
    if (tensor.format() != BlockFormat.F32 || tensor.elements() != 1) {
      throw new ModelFormatException(
          file.path(),
          "tensor " + tensor.name(),
          "a scale is one F32 number, not %s of %s".formatted(tensor.dims(), tensor.format()));
    }
    return true;
  }

  /**
   * Names and dimensions of the tensors that a model of some shape has, but for {@code
   * rope_freqs.weight} and {@code token_types.weight}, which it may have; the first dimension is
   * the length of a row.
   */
  public static Map<String, List<Long>> of(ModelConfig config) {
    long hidden = config.hidden();
    Map<String, List<Long>> dims = new LinkedHashMap<>();
    List<Long> embedding = List.of(hidden, (long) config.vocabulary());
    dims.put(TensorName.TOKEN_EMBEDDING.fileName(), embedding);
    if (config.traits().has(Trait.EMBEDDING_NORM)) {
      norm(config, TensorName.EMBEDDING_NORM.fileName(), dims);
    }
    if (config.traits().positions() == Positions.LEARNED) {
      dims.put(
          TensorName.POSITION_EMBEDDING.fileName(), List.of(hidden, (long) config.contextLength()));
    }
    if (config.generates() && !config.tiedHead()) {
      dims.put(TensorName.OUTPUT.fileName(), embedding);
    }
    Map<String, List<Long>> blocks = blocks(config);
    if (config.encoder().isEmpty()) {
      dims.putAll(blocks);
      return dims;
    }
    blocks(config.encoder().get())
        .forEach((name, shape) -> dims.put(Half.ENCODER.fileName(name), shape));
    blocks.forEach((name, shape) -> dims.put(Half.DECODER.fileName(name), shape));
    return dims;
  }

  /** The tensors of the blocks, and of the norm behind them. */
  private static Map<String, List<Long>> blocks(ModelConfig config) {
    Map<String, List<Long>> dims = new LinkedHashMap<>();
    if (config.hasOutputNorm()) {
      norm(config, TensorName.OUTPUT_NORM.fileName(), dims);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      attentionTensors(config, layer, dims);
      if (config.hasEncoder()) {
        crossTensors(config, layer, dims);
      }
      feedForwardTensors(config, layer, dims);
    }
    return dims;
  }

  private static void norm(ModelConfig config, String name, Map<String, List<Long>> dims) {
    List<Long> hidden = List.of((long) config.hidden());
    dims.put(name, hidden);
    if (config.biases().norms()) {
      dims.put(TensorName.biasOf(name), hidden);
    }
  }

  private static void attentionTensors(
      ModelConfig config, int layer, Map<String, List<Long>> dims) {
    FamilyTraits traits = config.traits();
    long hidden = config.hidden();
    long queryDim = config.queryDim();
    long kvDim = config.kvDim();
    if (config.normsAttentionInput(layer)) {
      norm(config, TensorName.ATTENTION_NORM.fileName(layer), dims);
    }
    if (traits.has(Trait.FUSED_QKV)) {
      dims.put(TensorName.FUSED_QKV.fileName(layer), List.of(hidden, queryDim + 2 * kvDim));
      if (config.biases().qkv()) {
        dims.put(TensorName.FUSED_QKV_BIAS.fileName(layer), List.of(queryDim + 2 * kvDim));
      }
    } else {
      dims.put(TensorName.QUERY.fileName(layer), List.of(hidden, queryDim));
      dims.put(TensorName.KEY.fileName(layer), List.of(hidden, kvDim));
      dims.put(TensorName.VALUE.fileName(layer), List.of(hidden, kvDim));
      if (config.biases().qkv()) {
        dims.put(TensorName.QUERY_BIAS.fileName(layer), List.of(queryDim));
        dims.put(TensorName.KEY_BIAS.fileName(layer), List.of(kvDim));
        dims.put(TensorName.VALUE_BIAS.fileName(layer), List.of(kvDim));
      }
    }
    if (traits.queryNorm() != QueryNorm.NONE) {
      boolean ofHead = traits.queryNorm() == QueryNorm.HEAD;
      long headDim = config.headDim();
      dims.put(TensorName.QUERY_NORM.fileName(layer), List.of(ofHead ? headDim : queryDim));
      dims.put(TensorName.KEY_NORM.fileName(layer), List.of(ofHead ? headDim : kvDim));
    }
    dims.put(TensorName.ATTENTION_OUTPUT.fileName(layer), List.of(queryDim, hidden));
    if (config.biases().output()) {
      dims.put(TensorName.ATTENTION_OUTPUT_BIAS.fileName(layer), List.of(hidden));
    }
    if (traits.has(Trait.SINKS)) {
      dims.put(TensorName.SINKS.fileName(layer), List.of((long) config.heads()));
    }
    if (traits.positions() == Positions.BUCKETS && (layer == 0 || traits.buckets().ofEachLayer())) {
      dims.put(
          TensorName.RELATIVE_BIAS.fileName(layer),
          List.of((long) config.heads(), (long) traits.buckets().count()));
    }
    if (traits.normPlace() != NormPlace.BEFORE) {
      norm(config, config.postAttentionNorm().fileName(layer), dims);
    }
  }

  /** Of the attention to what the encoder found. */
  private static void crossTensors(ModelConfig config, int layer, Map<String, List<Long>> dims) {
    long hidden = config.hidden();
    long queryDim = config.queryDim();
    long kvDim = config.kvDim();
    norm(config, TensorName.CROSS_NORM.fileName(layer), dims);
    dims.put(TensorName.CROSS_QUERY.fileName(layer), List.of(hidden, queryDim));
    dims.put(TensorName.CROSS_KEY.fileName(layer), List.of(hidden, kvDim));
    dims.put(TensorName.CROSS_VALUE.fileName(layer), List.of(hidden, kvDim));
    dims.put(TensorName.CROSS_OUTPUT.fileName(layer), List.of(queryDim, hidden));
  }

  private static void feedForwardTensors(
      ModelConfig config, int layer, Map<String, List<Long>> dims) {
    FamilyTraits traits = config.traits();
    long hidden = config.hidden();
    long ffnHidden = config.ffnHidden();
    if (traits.normPlace().before()) {
      norm(config, config.ffnNorm().fileName(layer), dims);
    }
    if (traits.normPlace() != NormPlace.BEFORE) {
      norm(config, config.postFfnNorm().fileName(layer), dims);
    }
    if (config.hasExperts()) {
      expertTensors(config, layer, dims);
      return;
    }
    boolean fused = traits.has(Trait.FUSED_GATE_UP);
    if (config.feedForward().isGated() && !fused) {
      dims.put(TensorName.FFN_GATE.fileName(layer), List.of(hidden, ffnHidden));
    }
    dims.put(TensorName.FFN_UP.fileName(layer), List.of(hidden, fused ? 2 * ffnHidden : ffnHidden));
    dims.put(TensorName.FFN_DOWN.fileName(layer), List.of(ffnHidden, hidden));
    if (config.biases().feedForward()) {
      dims.put(TensorName.FFN_UP_BIAS.fileName(layer), List.of(ffnHidden));
      dims.put(TensorName.FFN_DOWN_BIAS.fileName(layer), List.of(hidden));
    }
  }

  private static void expertTensors(ModelConfig config, int layer, Map<String, List<Long>> dims) {
    long hidden = config.hidden();
    long ffnHidden = config.ffnHidden();
    long experts = config.traits().experts().count();
    dims.put(TensorName.ROUTER.fileName(layer), List.of(hidden, experts));
    dims.put(TensorName.EXPERT_GATES.fileName(layer), List.of(hidden, ffnHidden, experts));
    dims.put(TensorName.EXPERT_UPS.fileName(layer), List.of(hidden, ffnHidden, experts));
    dims.put(TensorName.EXPERT_DOWNS.fileName(layer), List.of(ffnHidden, hidden, experts));
    if (config.biases().experts()) {
      dims.put(TensorName.ROUTER_BIAS.fileName(layer), List.of(experts));
      dims.put(TensorName.EXPERT_GATE_BIASES.fileName(layer), List.of(ffnHidden, experts));
      dims.put(TensorName.EXPERT_UP_BIASES.fileName(layer), List.of(ffnHidden, experts));
      dims.put(TensorName.EXPERT_DOWN_BIASES.fileName(layer), List.of(hidden, experts));
    }
  }
}
