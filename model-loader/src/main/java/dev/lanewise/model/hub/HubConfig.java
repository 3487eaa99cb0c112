package dev.lanewise.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.config.TensorName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code config.json} says, in the keys of GGUF. */
public final class HubConfig {
  private static final long MAX_BYTES = 4 << 20;

  private static final int MAX_VOCABULARY = 1 << 22;
  private static final int MAX_HEAD = 1 << 20;
  private static final String VOCABULARY = "vocab_size";
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  private final HubFamily family;
  private final Map<String, Object> metadata;
  private final float[] ropeDivisors;
  private final boolean tiedHead;
  private final int headDim;
  private final WeightScheme weightScheme;

  private HubConfig(
      HubFamily family,
      Map<String, Object> metadata,
      float[] ropeDivisors,
      boolean tiedHead,
      int headDim,
      WeightScheme weightScheme) {
    this.family = family;
    this.metadata = metadata;
    this.ropeDivisors = ropeDivisors;
    this.tiedHead = tiedHead;
    this.headDim = headDim;
    this.weightScheme = weightScheme;
  }

  /**
   * Reads the file.
   *
   * @param file has a folder, whose name becomes that of the model; or its parent's, of a pulled
   *     model, whose folder is named by the commit
   * @throws UnsupportedModel if it asks for what is not computed; names the key
   * @throws ModelFormatException if it is no sound configuration
   * @throws IOException if it cannot be read
   */
  public static HubConfig read(Path file) throws IOException {
    JsonFields stored = JsonFile.read(file, MAX_BYTES);
    String type = stored.string("model_type");
    HubFamily family =
        HubFamilies.of(type)
            .orElseThrow(
                () ->
                    new UnsupportedModel(
                        file,
                        "model_type \"" + type + "\"",
                        HubFamilies.TABLE.stream()
                            .map(HubFamily::modelType)
                            .collect(Collectors.joining(", "))));
    JsonFields config = stored.withDefaults(family.defaults());
    rejectWhatIsNotComputed(config, family);
    Map<String, Object> values = shape(config, family);
    int headDim = headDim(config, values);
    RopeParameters rope = RopeParameters.read(config, family, headDim);
    values.putAll(rope.metadata());
    PoolingFile.read(file.getParent()).ifPresent(pooling -> values.put("pooling_type", pooling));
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", family.architecture());
    metadata.put("general.name", nameOf(file.toAbsolutePath().normalize().getParent()));
    values.forEach((key, value) -> metadata.put(family.architecture() + "." + key, value));
    boolean tiedHead = config.optBool("tie_word_embeddings").orElse(false);
    return new HubConfig(
        family,
        metadata,
        rope.divisors(),
        tiedHead,
        headDim,
        config
            .optFields("quantization_config")
            .map(quantization -> QuantizationConfig.read(quantization, family.extras().mxfp4()))
            .orElse(WeightScheme.NONE));
  }

  private static String nameOf(Path folder) {
    String name = String.valueOf(folder.getFileName());
    boolean pulled = COMMIT.matcher(name).matches();
    return pulled ? String.valueOf(folder.getParent().getFileName()) : name;
  }

  private static void rejectWhatIsNotComputed(JsonFields config, HubFamily family) {
    if (config.has("architectures")) {
      JsonNode classes = config.node("architectures");
      if (classes.size() != 1 || !classes.get(0).asText().equals(family.modelClass())) {
        throw new UnsupportedModel(
            config.file(), "architectures = " + classes, "[\"" + family.modelClass() + "\"]");
      }
    }
    family
        .computed()
        .forEach(
            (key, only) -> {
              if (config.has(key) && !isValue(config.node(key), only)) {
                throw new UnsupportedModel(
                    config.file(), key + " = " + config.node(key), key + " = " + only);
              }
            });
  }

  private static boolean isValue(JsonNode node, Object value) {
    if (value instanceof List<?> several) {
      return several.stream().anyMatch(one -> isValue(node, one));
    }
    if (value instanceof Number number && node.isNumber()) {
      return node.doubleValue() == number.doubleValue();
    }
    return (node.isValueNode() ? node.asText() : node.toString()).equals(value.toString());
  }

  private static Map<String, Object> shape(JsonFields config, HubFamily family) {
    Map<String, Object> shape = new LinkedHashMap<>();
    for (ConfigKey key : family.keys()) {
      key.value(config).ifPresent(value -> shape.put(key.ggufName(), value));
    }
    if ((long) shape.get(VOCABULARY) > MAX_VOCABULARY) {
      throw config.error("vocab_size", "more than " + MAX_VOCABULARY);
    }
    family.layers().check(config, (long) shape.get("block_count"));
    family
        .layers()
        .window(config)
        .ifPresent(window -> shape.put("attention.sliding_window", window));
    shape.computeIfPresent(
        "context_length", (key, length) -> family.layers().contextLength(config, (long) length));
    return shape;
  }

  private static int headDim(JsonFields config, Map<String, Object> shape) {
    long length =
        (long)
            shape.getOrDefault(
                "attention.key_length",
                Math.max(
                    1L,
                    (long) shape.get("embedding_length")
                        / (long) shape.get("attention.head_count")));
    if (length > MAX_HEAD) {
      throw config.error("head_dim", length + " elements");
    }
    return (int) length;
  }

  /** Keys of GGUF, with values as {@link dev.lanewise.model.gguf.Metadata} has them. */
  public Map<String, Object> metadata() {
    return metadata;
  }

  /** Rows of the token embedding. */
  public int vocabularySize() {
    return Math.toIntExact((long) metadata.get(family.architecture() + "." + VOCABULARY));
  }

  /** Whether the output head is the token embedding. */
  public boolean tiedHead() {
    return tiedHead;
  }

  /** Divisors of the rotary frequencies, as {@code rope_freqs.weight} of GGUF; may be empty. */
  public float[] ropeDivisors() {
    return ropeDivisors.clone();
  }

  /** How the weights of quantized modules are stored. */
  public WeightScheme weightScheme() {
    return weightScheme;
  }

  /** Whether the family has a tensor of some name. */
  public boolean knows(String name) {
    return family.uses(name, headDim).isPresent();
  }

  /**
   * What the model has a stored tensor for; nothing if it does not compute with it.
   *
   * @throws UnsupportedModel if the family has no tensor of that name
   */
  public List<TensorUse> uses(Path file, String name) {
    return family
        .uses(name, headDim)
        .orElseThrow(
            () ->
                new UnsupportedModel(
                    file,
                    "tensor " + name + ", which the " + family.modelType() + " family lacks,",
                    "the tensors of a " + family.modelClass()))
        .stream()
        // A file may have the head that is tied a second time.
        .filter(use -> !tiedHead || !use.name().equals(TensorName.OUTPUT.fileName()))
        .toList();
  }
}
