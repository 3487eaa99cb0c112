package dev.lanewise.model.config;

import dev.lanewise.math.Rope;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.gguf.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A family of models: what its files leave unsaid. The rest is read from the metadata and compared
 * with the tensors.
 *
 * @param name value of {@code general.architecture}
 * @param ropeLayout which elements of a head are rotated together
 * @param feedForward what the feed-forward network computes
 */
public record Architecture(String name, Rope.Layout ropeLayout, FeedForwardForm feedForward) {
  private static final List<Architecture> TABLE =
      List.of(
          new Architecture("llama", Rope.Layout.PAIRS, FeedForwardForm.GATED_SILU),
          new Architecture("qwen2", Rope.Layout.HALVES, FeedForwardForm.GATED_SILU),
          new Architecture("arcee", Rope.Layout.PAIRS, FeedForwardForm.SQUARED_RELU));

  /** Larger than any model's, small enough that no size computed from them overflows. */
  private static final int MAX_LAYERS = 1 << 10;

  private static final int MAX_WIDTH = 1 << 20;
  private static final int MAX_CONTEXT = 1 << 24;

  /**
   * The configuration of the model in a file. Every tensor the family needs is there, in its shape,
   * and no other.
   *
   * @throws UnsupportedModel if the family, or something the file asks for, is not supported
   * @throws ModelFormatException if metadata is missing or contradicts itself or the tensors
   */
  public static ModelConfig configOf(GgufFile file) {
    String name = file.metadata().string("general.architecture");
    for (Architecture architecture : TABLE) {
      if (architecture.name.equals(name)) {
        ModelConfig config = architecture.read(file);
        checkTensors(file, config);
        return config;
      }
    }
    throw new UnsupportedModel(
        file.path(),
        "architecture \"" + name + "\"",
        String.join(", ", TABLE.stream().map(Architecture::name).toList()));
  }

  private ModelConfig read(GgufFile file) {
    Metadata metadata = file.metadata();
    int hidden = size(metadata, "embedding_length", MAX_WIDTH);
    int heads = size(metadata, "attention.head_count", MAX_WIDTH);
    int kvHeads =
        has(metadata, "attention.head_count_kv")
            ? size(metadata, "attention.head_count_kv", MAX_WIDTH)
            : heads;
    if (heads % kvHeads != 0) {
      throw error(metadata, "attention.head_count_kv", heads + " heads cannot share " + kvHeads);
    }
    int headDim =
        has(metadata, "attention.key_length")
            ? size(metadata, "attention.key_length", MAX_WIDTH)
            : hidden / heads;
    if (headDim < 2 || headDim % 2 != 0 || (long) heads * headDim > MAX_WIDTH) {
      throw error(metadata, "attention.key_length", "heads of " + headDim + " elements");
    }
    if (has(metadata, "attention.value_length")
        && metadata.integer(key("attention.value_length")) != headDim) {
      throw new UnsupportedModel(
          file.path(), "values of another length than keys", "attention.value_length = key_length");
    }
    rejectWhatIsNotComputed(file, headDim);
    int rotaryDims = metadata.optInteger(key("rope.dimension_count")).orElse(headDim);
    if (rotaryDims < 2 || rotaryDims > headDim || rotaryDims % 2 != 0) {
      throw error(
          metadata, "rope.dimension_count", rotaryDims + " of " + headDim + " elements of a head");
    }
    return new ModelConfig(
        name,
        metadata.optString("general.name").orElse(name),
        vocabulary(file),
        size(metadata, "context_length", MAX_CONTEXT),
        size(metadata, "block_count", MAX_LAYERS),
        hidden,
        feedForward,
        size(metadata, "feed_forward_length", MAX_WIDTH),
        heads,
        kvHeads,
        headDim,
        metadata.real(key("attention.layer_norm_rms_epsilon")),
        metadata.optReal(key("rope.freq_base")).orElse(10_000f),
        rotaryDims,
        ropeLayout,
        ropeScale(file),
        file.tensor(TensorName.OUTPUT.fileName()).isEmpty(),
        file.tensor(TensorName.QUERY_BIAS.fileName(0)).isPresent());
  }

  private String key(String suffix) {
    return name + "." + suffix;
  }

  private boolean has(Metadata metadata, String suffix) {
    return metadata.has(key(suffix));
  }

  private int size(Metadata metadata, String suffix, int max) {
    int value = metadata.integer(key(suffix));
    if (value < 1 || value > max) {
      throw error(metadata, suffix, value + " is not from 1 to " + max);
    }
    return value;
  }

  private ModelFormatException error(Metadata metadata, String suffix, String problem) {
    return new ModelFormatException(metadata.file(), key(suffix), problem);
  }

  private static int vocabulary(GgufFile file) {
    TensorInfo embedding =
        file.tensor(TensorName.TOKEN_EMBEDDING.fileName())
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        file.path(), "tensor " + TensorName.TOKEN_EMBEDDING.fileName(), "missing"));
    int tokens = file.metadata().strings("tokenizer.ggml.tokens").size();
    if (embedding.rows() != tokens) {
      throw new ModelFormatException(
          file.path(),
          "tokenizer.ggml.tokens",
          "%d tokens, but %s has %d rows".formatted(tokens, embedding.name(), embedding.rows()));
    }
    return tokens;
  }

  private void rejectWhatIsNotComputed(GgufFile file, int headDim) {
    Metadata metadata = file.metadata();
    if (metadata.optInteger(key("expert_count")).orElse(0) > 0) {
      throw new UnsupportedModel(file.path(), "a mixture of experts", "dense models");
    }
    double scale = metadata.optReal(key("attention.scale")).orElse(0f);
    if (scale != 0 && Math.abs(scale * Math.sqrt(headDim) - 1) > 1e-5) {
      throw new UnsupportedModel(
          file.path(), "attention.scale = " + scale, "one over the root of the head's length");
    }
  }

  private float ropeScale(GgufFile file) {
    Metadata metadata = file.metadata();
    String type = metadata.optString(key("rope.scaling.type")).orElse("none");
    return switch (type) {
      case "none" -> 1;
      case "linear" -> {
        float factor = metadata.real(key("rope.scaling.factor"));
        if (!(factor > 0)) {
          throw error(metadata, "rope.scaling.factor", factor + " is not positive");
        }
        yield 1 / factor;
      }
      default ->
          throw new UnsupportedModel(
              file.path(), "RoPE scaling \"" + type + "\"", "none, linear, rope_freqs.weight");
    };
  }

  /** Names the first tensor that is missing, of another shape, or not known. */
  private static void checkTensors(GgufFile file, ModelConfig config) {
    Map<String, List<Long>> expected = tensors(config);
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
      if (!expected.containsKey(tensor.name()) && !factors && !isScale(file, tensor, expected)) {
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

  /** Whether a tensor is the scale of NVFP4 weights that the model uses. */
  private static boolean isScale(
      GgufFile file, TensorInfo tensor, Map<String, List<Long>> expected) {
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
   * rope_freqs.weight}, which it may have; the first dimension is the length of a row.
   */
  public static Map<String, List<Long>> tensors(ModelConfig config) {
    long hidden = config.hidden();
    long queryDim = config.queryDim();
    long kvDim = config.kvDim();
    long ffnHidden = config.ffnHidden();
    Map<String, List<Long>> dims = new LinkedHashMap<>();
    List<Long> embedding = List.of(hidden, (long) config.vocabulary());
    dims.put(TensorName.TOKEN_EMBEDDING.fileName(), embedding);
    dims.put(TensorName.OUTPUT_NORM.fileName(), List.of(hidden));
    if (!config.tiedHead()) {
      dims.put(TensorName.OUTPUT.fileName(), embedding);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      dims.put(TensorName.ATTENTION_NORM.fileName(layer), List.of(hidden));
      dims.put(TensorName.QUERY.fileName(layer), List.of(hidden, queryDim));
      dims.put(TensorName.KEY.fileName(layer), List.of(hidden, kvDim));
      dims.put(TensorName.VALUE.fileName(layer), List.of(hidden, kvDim));
      if (config.qkvBias()) {
        dims.put(TensorName.QUERY_BIAS.fileName(layer), List.of(queryDim));
        dims.put(TensorName.KEY_BIAS.fileName(layer), List.of(kvDim));
        dims.put(TensorName.VALUE_BIAS.fileName(layer), List.of(kvDim));
      }
      dims.put(TensorName.ATTENTION_OUTPUT.fileName(layer), List.of(queryDim, hidden));
      dims.put(TensorName.FFN_NORM.fileName(layer), List.of(hidden));
      if (config.feedForward().isGated()) {
        dims.put(TensorName.FFN_GATE.fileName(layer), List.of(hidden, ffnHidden));
      }
      dims.put(TensorName.FFN_UP.fileName(layer), List.of(hidden, ffnHidden));
      dims.put(TensorName.FFN_DOWN.fileName(layer), List.of(ffnHidden, hidden));
    }
    return dims;
  }
}
