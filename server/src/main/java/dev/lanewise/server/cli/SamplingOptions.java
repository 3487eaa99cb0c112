package dev.lanewise.server.cli;

import dev.lanewise.engine.sample.Sampling;
import java.util.OptionalInt;
import java.util.OptionalLong;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How an answer is drawn. */
final class SamplingOptions {
  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      description = "The most tokens to generate. Default: until the model ends its answer.")
  Integer maxTokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "0 always takes the likeliest token; higher is more varied."
              + " Default: what the model's files say, or 0.8.")
  Float temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description =
          "Draw from the K likeliest tokens; 0: from all."
              + " Default: what the model's files say, or 40.")
  Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Draw from the likeliest tokens that reach the probability P."
              + " Default: what the model's files say, or 0.95.")
  Float topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Draw from tokens at least P times as likely as the likeliest."
              + " Default: what the model's files say, or 0.05.")
  Float minP;

  @Option(names = "--seed", paramLabel = "N", description = "Makes an answer repeatable.")
  Long seed;

  @Mixin private ModelSamplingOption ofModel;

  /** Whether the engine should start from what the model's files recommend. */
  boolean ofModel() {
    return ofModel.isUsed();
  }

  /**
   * The sampling that is asked for.
   *
   * @param otherwise where nothing is
   */
  Sampling sampling(Sampling otherwise) {
    require(
        temperature == null || temperature >= 0 && temperature <= 2,
        "--temperature must be from 0 to 2");
    require(topK == null || topK >= 0, "--top-k must not be negative");
    require(topP == null || topP >= 0 && topP <= 1, "--top-p must be from 0 to 1");
    require(minP == null || minP >= 0 && minP <= 1, "--min-p must be from 0 to 1");
    return new Sampling(
        temperature == null ? otherwise.temperature() : temperature,
        topK == null ? otherwise.topK() : topK,
        topP == null ? otherwise.topP() : topP,
        minP == null ? otherwise.minP() : minP,
        otherwise.typicalP(),
        otherwise.changes(),
        seed == null ? OptionalLong.empty() : OptionalLong.of(seed));
  }

  OptionalInt maxTokens() {
    require(maxTokens == null || maxTokens > 0, "--max-tokens must be positive");
    return maxTokens == null ? OptionalInt.empty() : OptionalInt.of(maxTokens);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
