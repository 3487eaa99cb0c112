package dev.lanewise.model.hub;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A family of models as they are published with safetensors.
 *
 * @param modelType value of {@code model_type} in {@code config.json}
 * @param modelClass the class that the configuration must name
 * @param architecture the family's name in GGUF
 * @param names of the tensors
 * @param keys whose values GGUF has too
 * @param defaults what keys mean that are absent
 * @param computed the keys that change what is computed, each with the only value that is computed,
 *     or a list of them; one that has no value means such a value
 * @param layers which have a window, and which no rotation
 */
record HubFamily(
    String modelType,
    String modelClass,
    String architecture,
    TensorNames names,
    List<ConfigKey> keys,
    Map<String, Object> defaults,
    Map<String, Object> computed,
    LayerKinds layers,
    Extras extras) {
  /**
   * What few families may have.
   *
   * @param partialRotation a rotation of the first elements of each head only
   * @param mxfp4 weights in MXFP4
   */
  record Extras(boolean partialRotation, boolean mxfp4) {
    static final Extras NONE = new Extras(false, false);
  }

  /** Those of Llama. */
  static final List<ConfigKey> LLAMA_KEYS =
      List.of(
          ConfigKey.size("vocab_size", "vocab_size"),
          ConfigKey.size("context_length", "max_position_embeddings"),
          ConfigKey.size("block_count", "num_hidden_layers"),
          ConfigKey.size("embedding_length", "hidden_size"),
          ConfigKey.size("feed_forward_length", "intermediate_size"),
          ConfigKey.size("attention.head_count", "num_attention_heads"),
          ConfigKey.optSize("attention.head_count_kv", "num_key_value_heads"),
          ConfigKey.optSize("attention.key_length", "head_dim"),
          ConfigKey.real("attention.layer_norm_rms_epsilon", "rms_norm_eps"));

  /** A family whose shape is that of Llama. */
  static HubFamily of(String modelType, String modelClass, String architecture, TensorNames names) {
    return of(modelType, modelClass, architecture, names, LLAMA_KEYS)
        .withDefault("rms_norm_eps", 1e-6)
        .withDefault("tie_word_embeddings", false)
        .computing("hidden_act", "silu");
  }

  /** A family with keys of its own. */
  static HubFamily of(
      String modelType,
      String modelClass,
      String architecture,
      TensorNames names,
      List<ConfigKey> keys) {
    return new HubFamily(
        modelType,
        modelClass,
        architecture,
        names,
        keys,
        Map.of(),
        Map.of(),
        LayerKinds.ALL_FULL,
        Extras.NONE);
  }

  HubFamily with(LayerKinds kinds) {
    return new HubFamily(
        modelType, modelClass, architecture, names, keys, defaults, computed, kinds, extras);
  }

  /** With keys of its own. */
  HubFamily with(ConfigKey... added) {
    List<ConfigKey> all = new ArrayList<>(keys);
    all.addAll(List.of(added));
    return new HubFamily(
        modelType,
        modelClass,
        architecture,
        names,
        List.copyOf(all),
        defaults,
        computed,
        layers,
        extras);
  }

  /** With a meaning of a key that is absent. */
  HubFamily withDefault(String key, Object value) {
    return new HubFamily(
        modelType,
        modelClass,
        architecture,
        names,
        keys,
        union(defaults, key, value),
        computed,
        layers,
        extras);
  }

  /** With a key that has only one value that is computed, or those of a list. */
  HubFamily computing(String key, Object only) {
    return new HubFamily(
        modelType,
        modelClass,
        architecture,
        names,
        keys,
        defaults,
        union(computed, key, only),
        layers,
        extras);
  }

  HubFamily withPartialRotation() {
    return with(new Extras(true, extras.mxfp4()));
  }

  HubFamily withMxfp4() {
    return with(new Extras(extras.partialRotation(), true));
  }

  private HubFamily with(Extras other) {
    return new HubFamily(
        modelType, modelClass, architecture, names, keys, defaults, computed, layers, other);
  }

  private static Map<String, Object> union(Map<String, Object> some, String key, Object value) {
    Map<String, Object> all = new HashMap<>(some);
    all.put(key, value);
    return Map.copyOf(all);
  }

  /** What a stored tensor is for; empty if the family has none of that name. */
  Optional<List<TensorUse>> uses(String name, int headDim) {
    return names.uses(name, headDim);
  }
}
