package dev.lanewise.server.cli;

import picocli.CommandLine.Option;

/** Whether sampling starts from what the model's files recommend. */
final class ModelSamplingOption {
  @Option(
      names = "--no-model-sampling",
      description =
          "Ignores the sampling that the model's files recommend (generation_config.json, or"
              + " general.sampling of GGUF).")
  private boolean ignored;

  boolean isUsed() {
    return !ignored;
  }
}
