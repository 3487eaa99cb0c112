package dev.lanewise.server.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model. */
final class ModelFile {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description =
          "GGUF file of the model; of a split model, its first part. Default: the model that comes along.")
  private Path named;

  /** Whether a model was asked for. */
  boolean isNamed() {
    return named != null;
  }

  /** The file to load. */
  Path path() {
    if (named != null) {
      return named;
    }
    String home = System.getProperty("lanewise.home");
    if (home == null) {
      throw new IllegalArgumentException("which model? Name its file with --model FILE.");
    }
    return Path.of(home, "models", "SmolLM2-135M-Instruct.Q4_1.gguf");
  }
}
