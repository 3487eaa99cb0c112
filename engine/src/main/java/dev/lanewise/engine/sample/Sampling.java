package dev.lanewise.engine.sample;

import dev.lanewise.engine.InvalidRequest;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.Metadata;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How the next token is chosen from the logits.
 *
 * <p>In this order, each working on what the one before left: the logits are changed; they are
 * divided by {@code temperature}; {@code minP} drops tokens less likely than that fraction of the
 * likeliest; {@code topK} keeps the k likeliest; {@code typicalP} keeps the fewest tokens whose
 * information is nearest to the mean (Meister et al., "Locally Typical Sampling", 2022) that
 * together reach that share of the probability left; {@code topP} the fewest likeliest; one of the
 * rest is drawn.
 *
 * @param temperature 0 for always the likeliest token (then the other fields have no effect); 1 for
 *     the model's own distribution
 * @param topK 0 for off
 * @param topP above 0 to 1, 1 for off
 * @param minP 0 to 1, 0 for off
 * @param typicalP above 0 to 1, 1 for off
 * @param changes what is done to the logits before
 * @param seed the same seed gives the same tokens for the same prompt; empty for a random one
 */
public record Sampling(
    float temperature,
    int topK,
    float topP,
    float minP,
    float typicalP,
    LogitChanges changes,
    OptionalLong seed) {
  /** The logits as they are, without {@code typicalP}. */
  public Sampling(float temperature, int topK, float topP, float minP, OptionalLong seed) {
    this(temperature, topK, topP, minP, 1, LogitChanges.NONE, seed);
  }

  /** Throws {@link InvalidRequest} for a value out of range. */
  public Sampling {
    require(
        temperature >= 0 && temperature <= Float.MAX_VALUE,
        "temperature",
        temperature,
        "0 or more");
    require(topK >= 0, "top_k", topK, "0 (off) or more");
    require(topP > 0 && topP <= 1, "top_p", topP, "above 0 and at most 1 (off)");
    require(minP >= 0 && minP <= 1, "min_p", minP, "from 0 (off) to 1");
    require(typicalP > 0 && typicalP <= 1, "typical_p", typicalP, "above 0 and at most 1 (off)");
  }

  private static void require(boolean valid, String field, Number value, String range) {
    if (!valid) {
      throw new InvalidRequest(field, value + " is out of range, must be " + range);
    }
  }

  /**
   * Temperature 0.8, top-k 40, top-p 0.95, min-p 0.05, random seed: what people running models
   * locally are used to. An OpenAI-compatible front end starts from temperature 1 and top-p 1 with
   * the rest off, as that API defines.
   */
  public static Sampling defaults() {
    return new Sampling(0.8f, 40, 0.95f, 0.05f, OptionalLong.empty());
  }

  /**
   * What the files of a model recommend, in the keys of GGUF ({@code general.sampling.temp} and
   * others); {@link #defaults} for what they do not say.
   *
   * @throws ModelFormatException if a value is out of range; names the key
   */
  public static Sampling recommendedBy(Metadata metadata) {
    Sampling defaults = defaults();
    String prefix = "general.sampling.";
    try {
      return new Sampling(
          metadata.optReal(prefix + "temp").orElse(defaults.temperature()),
          // All tokens are 0 or less here.
          Math.max(0, metadata.optInteger(prefix + "top_k").orElse(defaults.topK())),
          metadata.optReal(prefix + "top_p").orElse(defaults.topP()),
          metadata.optReal(prefix + "min_p").orElse(defaults.minP()),
          defaults.typicalP(),
          new LogitChanges(metadata.optReal(prefix + "penalty_repeat").orElse(1f), 0, 0, Map.of()),
          OptionalLong.empty());
    } catch (InvalidRequest outOfRange) {
      throw new ModelFormatException(
          metadata.file(), prefix + "*, sampling", outOfRange.getMessage());
    }
  }

  /** The same with another seed. */
  public Sampling withSeed(OptionalLong other) {
    return new Sampling(temperature, topK, topP, minP, typicalP, changes, other);
  }

  /** Always the likeliest token. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 0, OptionalLong.empty());
  }
}
