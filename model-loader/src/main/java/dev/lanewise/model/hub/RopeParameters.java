package dev.lanewise.model.hub;

import dev.lanewise.model.UnsupportedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rotary frequencies that {@code config.json} asks for: by {@code rope_parameters}, or by
 * {@code rope_theta} and {@code rope_scaling} in files of older versions.
 *
 * @param metadata what it says in the keys of GGUF, without the prefix of the architecture
 * @param divisors of the frequencies, or empty
 */
record RopeParameters(Map<String, Object> metadata, float[] divisors) {
  private static final double DEFAULT_THETA = 10_000;
  private static final List<String> KNOWN =
      List.of(
          "rope_type",
          "type",
          "rope_theta",
          "factor",
          "low_freq_factor",
          "high_freq_factor",
          "original_max_position_embeddings",
          "partial_rotary_factor");

  /**
   * Reads them.
   *
   * @throws UnsupportedModel if they are of a kind that is not computed
   */
  static RopeParameters read(JsonFields config) {
    Optional<JsonFields> scaling =
        config.optFields("rope_parameters").or(() -> config.optFields("rope_scaling"));
    double theta =
        scaling
            .flatMap(s -> s.optPositive("rope_theta"))
            .or(() -> config.optPositive("rope_theta"))
            .orElse(DEFAULT_THETA);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("rope.freq_base", theta);
    rejectPartial(config);
    if (scaling.isEmpty()) {
      return new RopeParameters(metadata, new float[0]);
    }
    rejectPartial(scaling.get());
    return read(config, scaling.get(), theta, metadata);
  }

  private static RopeParameters read(
      JsonFields config, JsonFields scaling, double theta, Map<String, Object> metadata) {
    for (String name : scaling.names()) {
      if (!KNOWN.contains(name)) {
        throw new UnsupportedModel(
            config.file(), scaling.prefix() + name, String.join(", ", KNOWN));
      }
    }
    String type =
        scaling.optString("rope_type").or(() -> scaling.optString("type")).orElse("default");
    float[] divisors = {};
    switch (type) {
      case "default" -> {}
      case "linear" -> {
        metadata.put("rope.scaling.type", "linear");
        metadata.put("rope.scaling.factor", scaling.positive("factor"));
      }
      case "llama3" -> divisors = llama3(config, scaling, theta);
      default ->
          throw new UnsupportedModel(
              config.file(),
              scaling.prefix() + "rope_type = \"" + type + "\"",
              "default, linear, llama3");
    }
    return new RopeParameters(metadata, divisors);
  }

  private static void rejectPartial(JsonFields fields) {
    if (fields.optPositive("partial_rotary_factor").orElse(1.0) != 1) {
      throw new UnsupportedModel(
          fields.file(),
          fields.prefix() + "partial_rotary_factor = " + fields.node("partial_rotary_factor"),
          "1");
    }
  }

  /**
   * Llama 3.1's divisors of the frequencies: 1 for short wavelengths, {@code factor} for long ones,
   * and in between what divides by a weighted mean of the two frequencies (Dubey et al., "The Llama
   * 3 Herd of Models", 2024; the formula is that of Meta's published code).
   */
  private static float[] llama3(JsonFields config, JsonFields scaling, double theta) {
    double factor = scaling.positive("factor");
    double low = scaling.positive("low_freq_factor");
    double high = scaling.positive("high_freq_factor");
    double original = scaling.positive("original_max_position_embeddings");
    if (low >= high) {
      throw scaling.error("high_freq_factor", "should be larger than low_freq_factor");
    }
    int headDim =
        config
            .optSize("head_dim")
            .orElseGet(
                () -> config.size("hidden_size") / Math.max(1, config.size("num_attention_heads")));
    if (headDim > 1 << 20) {
      throw config.error("head_dim", headDim + " elements");
    }
    float[] divisors = new float[headDim / 2];
    for (int i = 0; i < divisors.length; i++) {
      double wavelength = 2 * Math.PI * Math.pow(theta, 2.0 * i / headDim);
      // From 0 for long wavelengths to 1 for short ones.
      double share = Math.clamp((original / wavelength - low) / (high - low), 0.0, 1.0);
      divisors[i] = (float) (1 / ((1 - share) / factor + share));
    }
    return divisors;
  }
}
