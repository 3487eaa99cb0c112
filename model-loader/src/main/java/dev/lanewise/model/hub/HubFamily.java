package dev.lanewise.model.hub;

import dev.lanewise.model.config.TensorName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A family of models as they are published with safetensors.
 *
 * @param modelType value of {@code model_type} in {@code config.json}
 * @param modelClass the class that the configuration must name
 * @param architecture the family's name in GGUF
 * @param window how the configuration names a sliding window
 * @param computed the keys that change what is computed, each with the only value that is computed;
 *     a key that is absent means that value
 * @param tensors names of tensors to those of GGUF; the names of those in layers follow {@code
 *     model.layers.N.}
 */
record HubFamily(
    String modelType,
    String modelClass,
    String architecture,
    Window window,
    Map<String, Object> computed,
    Map<String, TensorName> tensors) {
  /** Values of {@code sliding_window} and what stands beside it. */
  enum Window {
    /** The family has none, whatever the configuration says. */
    NONE,
    /** {@code sliding_window}: 4096 if the key is absent, none if it is null. */
    ALWAYS,
    /** {@code sliding_window}, if {@code use_sliding_window} is true. */
    IF_USED
  }

  private static final Pattern IN_LAYER = Pattern.compile("model\\.layers\\.(\\d{1,4})\\.(.+)");

  /** Buffers that old files have and that follow from the configuration. */
  private static final List<String> DERIVED = List.of("self_attn.rotary_emb.inv_freq");

  private static final Map<String, TensorName> LLAMA_TENSORS =
      Map.ofEntries(
          Map.entry("model.embed_tokens.weight", TensorName.TOKEN_EMBEDDING),
          Map.entry("model.norm.weight", TensorName.OUTPUT_NORM),
          Map.entry("lm_head.weight", TensorName.OUTPUT),
          Map.entry("input_layernorm.weight", TensorName.ATTENTION_NORM),
          Map.entry("self_attn.q_proj.weight", TensorName.QUERY),
          Map.entry("self_attn.k_proj.weight", TensorName.KEY),
          Map.entry("self_attn.v_proj.weight", TensorName.VALUE),
          Map.entry("self_attn.o_proj.weight", TensorName.ATTENTION_OUTPUT),
          Map.entry("post_attention_layernorm.weight", TensorName.FFN_NORM),
          Map.entry("mlp.gate_proj.weight", TensorName.FFN_GATE),
          Map.entry("mlp.up_proj.weight", TensorName.FFN_UP),
          Map.entry("mlp.down_proj.weight", TensorName.FFN_DOWN));

  private static final Map<String, TensorName> QKV_BIASES =
      Map.of(
          "self_attn.q_proj.bias", TensorName.QUERY_BIAS,
          "self_attn.k_proj.bias", TensorName.KEY_BIAS,
          "self_attn.v_proj.bias", TensorName.VALUE_BIAS);

  private static final Map<String, TensorName> QUERY_NORMS =
      Map.of(
          "self_attn.q_norm.weight", TensorName.QUERY_NORM,
          "self_attn.k_norm.weight", TensorName.KEY_NORM);

  private static final Map<String, Object> SILU = Map.of("hidden_act", "silu");

  static final List<HubFamily> TABLE =
      List.of(
          new HubFamily(
              "llama",
              "LlamaForCausalLM",
              "llama",
              Window.NONE,
              Map.of("hidden_act", "silu", "attention_bias", false, "mlp_bias", false),
              LLAMA_TENSORS),
          new HubFamily(
              "mistral", "MistralForCausalLM", "llama", Window.ALWAYS, SILU, LLAMA_TENSORS),
          new HubFamily(
              "qwen2",
              "Qwen2ForCausalLM",
              "qwen2",
              Window.IF_USED,
              SILU,
              union(LLAMA_TENSORS, QKV_BIASES)),
          new HubFamily(
              "qwen3",
              "Qwen3ForCausalLM",
              "qwen3",
              Window.IF_USED,
              Map.of("hidden_act", "silu", "attention_bias", false),
              union(LLAMA_TENSORS, QUERY_NORMS)));

  private static Map<String, TensorName> union(
      Map<String, TensorName> some, Map<String, TensorName> others) {
    Map<String, TensorName> all = new HashMap<>(some);
    all.putAll(others);
    return Map.copyOf(all);
  }

  static Optional<HubFamily> of(String modelType) {
    return TABLE.stream().filter(family -> family.modelType.equals(modelType)).findFirst();
  }

  /** Whether a tensor is left out, because it follows from the configuration. */
  static boolean isDerived(String name) {
    Matcher inLayer = IN_LAYER.matcher(name);
    return inLayer.matches() && DERIVED.contains(inLayer.group(2));
  }

  /** The name that GGUF has for a tensor; empty if the family has none of that name. */
  Optional<String> ggufName(String name) {
    Matcher inLayer = IN_LAYER.matcher(name);
    OptionalInt layer =
        inLayer.matches()
            ? OptionalInt.of(Integer.parseInt(inLayer.group(1)))
            : OptionalInt.empty();
    String key = layer.isPresent() ? inLayer.group(2) : name;
    return Optional.ofNullable(tensors.get(key))
        .filter(tensor -> tensor.isOfLayer() == layer.isPresent())
        .map(t -> layer.isPresent() ? t.fileName(layer.getAsInt()) : t.fileName());
  }
}
