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
  private static final String THETA = "rope_theta";
  private static final String FACTOR = "factor";
  private static final String PARTIAL = "partial_rotary_factor";
  private static final String ORIGINAL = "original_max_position_embeddings";
  private static final List<String> KNOWN =
      List.of(
          "rope_type",
          "type",
          THETA,
          FACTOR,
          "low_freq_factor",
          "high_freq_factor",
          ORIGINAL,
          PARTIAL,
          "beta_fast",
          "beta_slow",
          "attention_factor",
          "truncate");

  /**
   * Reads them.
   *
   * @param headDim length of the heads
   * @throws UnsupportedModel if they are of a kind that is not computed
   */
  static RopeParameters read(JsonFields config, HubFamily family, int headDim) {
    Optional<JsonFields> stored =
        config.optFields("rope_parameters").or(() -> config.optFields("rope_scaling"));
    Optional<JsonFields> local = stored.flatMap(s -> s.optFields("sliding_attention"));
    Optional<JsonFields> global =
        stored.flatMap(s -> s.optFields("full_attention")).or(() -> stored);
    Map<String, Object> metadata = new LinkedHashMap<>();
    double theta = theta(config, global);
    metadata.put("rope.freq_base", theta);
    local
        .map(fields -> localTheta(config, fields))
        .or(() -> config.optPositive("rope_local_base_freq"))
        .or(() -> config.optPositive("local_rope_theta"))
        .ifPresent(base -> metadata.put("rope.freq_base_swa", base));
    partial(config, global, family, headDim)
        .ifPresent(dims -> metadata.put("rope.dimension_count", dims));
    if (global.isEmpty()) {
      return new RopeParameters(metadata, new float[0]);
    }
    rejectUnknown(global.get());
    return read(config, global.get(), theta, headDim, metadata);
  }

  private static double theta(JsonFields config, Optional<JsonFields> fields) {
    return fields
        .flatMap(f -> f.optPositive(THETA))
        .or(() -> config.optPositive(THETA))
        .or(() -> config.optPositive("rotary_emb_base"))
        .or(() -> config.optPositive("global_rope_theta"))
        .orElse(DEFAULT_THETA);
  }

  /** That of layers with a window, which are not stretched. */
  private static double localTheta(JsonFields config, JsonFields fields) {
    rejectUnknown(fields);
    String type = type(fields);
    if (!type.equals("default")) {
      throw unsupported(fields, "rope_type = \"" + type + "\"", "default");
    }
    return theta(config, Optional.of(fields));
  }

  private static String type(JsonFields fields) {
    return fields.optString("rope_type").or(() -> fields.optString("type")).orElse("default");
  }

  private static void rejectUnknown(JsonFields fields) {
    for (String name : fields.names()) {
      if (!KNOWN.contains(name)) {
        throw unsupported(fields, name, String.join(", ", KNOWN));
      }
    }
  }

  private static UnsupportedModel unsupported(JsonFields fields, String what, String supported) {
    return new UnsupportedModel(fields.file(), fields.prefix() + what, supported);
  }

  private static RopeParameters read(
      JsonFields config,
      JsonFields scaling,
      double theta,
      int headDim,
      Map<String, Object> metadata) {
    float[] divisors = {};
    String type = type(scaling);
    switch (type) {
      case "default" -> {}
      case "linear" -> {
        metadata.put("rope.scaling.type", "linear");
        metadata.put("rope.scaling.factor", scaling.positive(FACTOR));
      }
      case "llama3" -> divisors = llama3(scaling, theta, headDim);
      case "yarn" -> yarn(config, scaling, metadata);
      default ->
          throw unsupported(
              scaling, "rope_type = \"" + type + "\"", "default, linear, llama3, yarn");
    }
    return new RopeParameters(metadata, divisors);
  }

  /** The elements of a head that are rotated, where it is not all. */
  private static Optional<Long> partial(
      JsonFields config, Optional<JsonFields> scaling, HubFamily family, int headDim) {
    JsonFields fields = scaling.filter(s -> s.has(PARTIAL)).orElse(config);
    double part =
        fields.optPositive(PARTIAL).or(() -> config.optPositive("rotary_pct")).orElse(1.0);
    if (part == 1) {
      return Optional.empty();
    }
    if (!family.extras().partialRotation() || part > 1) {
      throw unsupported(fields, PARTIAL + " = " + part, "1");
    }
    return Optional.of((long) (headDim * part));
  }

  private static void yarn(JsonFields config, JsonFields scaling, Map<String, Object> metadata) {
    double factor = scaling.positive(FACTOR);
    long original =
        scaling.has(ORIGINAL)
            ? ConfigKey.positive(scaling, ORIGINAL)
            : ConfigKey.positive(config, "max_position_embeddings");
    metadata.put("rope.scaling.type", "yarn");
    metadata.put("rope.scaling.factor", factor);
    metadata.put("rope.scaling.original_context_length", original);
    scaling
        .optPositive("beta_fast")
        .ifPresent(turns -> metadata.put("rope.scaling.yarn_beta_fast", turns));
    scaling
        .optPositive("beta_slow")
        .ifPresent(turns -> metadata.put("rope.scaling.yarn_beta_slow", turns));
    scaling
        .optBool("truncate")
        .ifPresent(truncated -> metadata.put("rope.scaling.yarn_truncate", truncated));
    // Of GGUF, the factor is one on what the paper has.
    scaling
        .optPositive("attention_factor")
        .ifPresent(
            magnitude ->
                metadata.put("rope.scaling.attn_factor", magnitude / (1 + 0.1 * Math.log(factor))));
  }

  /**
   * Llama 3.1's divisors of the frequencies: 1 for short wavelengths, {@code factor} for long ones,
   * and in between what divides by a weighted mean of the two frequencies (Dubey et al., "The Llama
   * 3 Herd of Models", 2024; the formula is that of Meta's published code).
   */
  private static float[] llama3(JsonFields scaling, double theta, int headDim) {
    double factor = scaling.positive(FACTOR);
    double low = scaling.positive("low_freq_factor");
    double high = scaling.positive("high_freq_factor");
    double original = scaling.positive(ORIGINAL);
    if (low >= high) {
      throw scaling.error("high_freq_factor", "should be larger than low_freq_factor");
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
