package dev.lanewise.server.cli;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which model. */
final class ModelFile {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description =
          "GGUF file of the model; of a split model, its first part. Or a folder of safetensors, or"
              + " OWNER/NAME[:FILE] of a model on a hub, see lanewise pull. Default: the model that comes along.")
  private String named;

  @Mixin private HubOptions hub;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  private Path path;

  /** Whether a model was asked for. */
  boolean isNamed() {
    return named != null;
  }

  /** The file to load; a model of a hub is pulled first, unless it is here. */
  Path path() throws IOException {
    if (path == null) {
      path = named == null ? bundled() : hub.locate(named, command.commandLine().getErr());
    }
    return path;
  }

  private static Path bundled() {
    String home = System.getProperty("lanewise.home");
    if (home == null) {
      throw new IllegalArgumentException("which model? Name its file with --model FILE.");
    }
    return Path.of(home, "models", "SmolLM2-135M-Instruct.Q4_1.gguf");
  }
}
