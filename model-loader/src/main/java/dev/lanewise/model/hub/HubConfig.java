package dev.lanewise.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.config.TensorName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What {@code config.json} says, in the keys of GGUF. */
public final class HubConfig {
  private static final long MAX_BYTES = 4 << 20;

  private static final int MAX_VOCABULARY = 1 << 22;

  /** What families that have a window take it to be where nothing is said. */
  private static final int DEFAULT_WINDOW = 4096;

  private final HubFamily family;
  private final Map<String, Object> metadata;
  private final float[] ropeDivisors;
  private final boolean tiedHead;

  private HubConfig(
      HubFamily family, Map<String, Object> metadata, float[] ropeDivisors, boolean tiedHead) {
    this.family = family;
    this.metadata = metadata;
    this.ropeDivisors = ropeDivisors;
    this.tiedHead = tiedHead;
  }

  /**
   * Reads the file.
   *
   * @param file has a folder, whose name becomes that of the model
   * @throws UnsupportedModel if it asks for what is not computed; names the key
   * @throws ModelFormatException if it is no sound configuration
   * @throws IOException if it cannot be read
   */
  public static HubConfig read(Path file) throws IOException {
    JsonFields config = JsonFile.read(file, MAX_BYTES);
    String type = config.string("model_type");
    HubFamily family =
        HubFamily.of(type)
            .orElseThrow(
                () ->
                    new UnsupportedModel(
                        file,
                        "model_type \"" + type + "\"",
                        HubFamily.TABLE.stream()
                            .map(HubFamily::modelType)
                            .collect(Collectors.joining(", "))));
    rejectWhatIsNotComputed(config, family);
    RopeParameters rope = RopeParameters.read(config);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", family.architecture());
    metadata.put("general.name", String.valueOf(file.getParent().getFileName()));
    shape(config, family)
        .forEach((key, value) -> metadata.put(family.architecture() + "." + key, value));
    rope.metadata().forEach((key, value) -> metadata.put(family.architecture() + "." + key, value));
    boolean tiedHead = config.optBool("tie_word_embeddings").orElse(false);
    return new HubConfig(family, metadata, rope.divisors(), tiedHead);
  }

  private static void rejectWhatIsNotComputed(JsonFields config, HubFamily family) {
    if (config.has("architectures")) {
      JsonNode classes = config.node("architectures");
      if (classes.size() != 1 || !classes.get(0).asText().equals(family.modelClass())) {
        throw new UnsupportedModel(
            config.file(), "architectures = " + classes, "[\"" + family.modelClass() + "\"]");
      }
    }
    if (config.has("quantization_config")) {
      throw new UnsupportedModel(
          config.file(), "quantization_config", "weights in F32, F16 or BF16, without this key");
    }
    family
        .computed()
        .forEach(
            (key, only) -> {
              if (config.has(key) && !config.node(key).asText().equals(only.toString())) {
                throw new UnsupportedModel(
                    config.file(), key + " = " + config.node(key), key + " = " + only);
              }
            });
  }

  private static Map<String, Object> shape(JsonFields config, HubFamily family) {
    Map<String, Object> shape = new LinkedHashMap<>();
    long heads = positive(config, "num_attention_heads");
    long vocabulary = positive(config, "vocab_size");
    if (vocabulary > MAX_VOCABULARY) {
      throw config.error("vocab_size", "more than " + MAX_VOCABULARY);
    }
    shape.put("vocab_size", vocabulary);
    shape.put("context_length", contextLength(config, family));
    shape.put("block_count", positive(config, "num_hidden_layers"));
    shape.put("embedding_length", positive(config, "hidden_size"));
    shape.put("feed_forward_length", positive(config, "intermediate_size"));
    shape.put("attention.head_count", heads);
    shape.put(
        "attention.head_count_kv",
        config.has("num_key_value_heads") ? positive(config, "num_key_value_heads") : heads);
    if (family.window() == HubFamily.Window.ALWAYS) {
      window(config).ifPresent(window -> shape.put("attention.sliding_window", window));
    }
    if (config.has("head_dim")) {
      shape.put("attention.key_length", positive(config, "head_dim"));
    }
    shape.put("attention.layer_norm_rms_epsilon", config.positive("rms_norm_eps"));
    return shape;
  }

  /**
   * Qwen's windows are only in some layers. Up to its length, a model with a window computes what
   * one without does, so that bounds the context.
   */
  private static long contextLength(JsonFields config, HubFamily family) {
    long length = positive(config, "max_position_embeddings");
    boolean bounded =
        family.window() == HubFamily.Window.IF_USED
            && config.optBool("use_sliding_window").orElse(false);
    return bounded ? Math.min(length, window(config).orElse(length)) : length;
  }

  private static Optional<Long> window(JsonFields config) {
    if (!config.object().has("sliding_window")) {
      return Optional.of((long) DEFAULT_WINDOW);
    }
    return config.has("sliding_window")
        ? Optional.of(positive(config, "sliding_window"))
        : Optional.empty();
  }

  private static long positive(JsonFields config, String key) {
    int value = config.size(key);
    if (value == 0) {
      throw config.error(key, "should not be 0");
    }
    return value;
  }

  /** Keys of GGUF, with values as {@link dev.lanewise.model.gguf.Metadata} has them. */
  public Map<String, Object> metadata() {
    return metadata;
  }

  /** Rows of the token embedding. */
  public int vocabularySize() {
    return Math.toIntExact((long) metadata.get(family.architecture() + ".vocab_size"));
  }

  /** Whether the output head is the token embedding. */
  public boolean tiedHead() {
    return tiedHead;
  }

  /** Divisors of the rotary frequencies, as {@code rope_freqs.weight} of GGUF; may be empty. */
  public float[] ropeDivisors() {
    return ropeDivisors.clone();
  }

  /**
   * The name that GGUF has for a tensor; empty for one that the model does not compute with.
   *
   * @throws UnsupportedModel if the family has no tensor of that name
   */
  public Optional<String> ggufName(Path file, String name) {
    if (HubFamily.isDerived(name)) {
      return Optional.empty();
    }
    String known =
        family
            .ggufName(name)
            .orElseThrow(
                () ->
                    new UnsupportedModel(
                        file,
                        "tensor " + name + ", which the " + family.modelType() + " family lacks,",
                        "the tensors of a " + family.modelClass()));
    // A file may have the head that is tied a second time.
    return tiedHead && known.equals(TensorName.OUTPUT.fileName())
        ? Optional.empty()
        : Optional.of(known);
  }
}
