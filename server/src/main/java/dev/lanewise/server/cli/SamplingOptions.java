package dev.lanewise.server.cli;

import dev.lanewise.engine.sample.Sampling;
import java.util.OptionalInt;
import java.util.OptionalLong;
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
      defaultValue = "0.8",
      description = "0 always takes the likeliest token; higher is more varied. Default: 0.8.")
  float temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "40",
      description = "Draw from the K likeliest tokens; 0: from all. Default: 40.")
  int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "0.95",
      description = "Draw from the likeliest tokens that reach the probability P. Default: 0.95.")
  float topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      defaultValue = "0.05",
      description = "Draw from tokens at least P times as likely as the likeliest. Default: 0.05.")
  float minP;

  @Option(names = "--seed", paramLabel = "N", description = "Makes an answer repeatable.")
  Long seed;

  Sampling sampling() {
    require(temperature >= 0 && temperature <= 2, "--temperature must be from 0 to 2");
    require(topK >= 0, "--top-k must not be negative");
    require(topP >= 0 && topP <= 1, "--top-p must be from 0 to 1");
    require(minP >= 0 && minP <= 1, "--min-p must be from 0 to 1");
    return new Sampling(
        temperature, topK, topP, minP, seed == null ? OptionalLong.empty() : OptionalLong.of(seed));
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
