package dev.lanewise.server.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/** What requests call the model. */
final class AliasOption {
  @Option(
      names = "--alias",
      paramLabel = "NAME",
      description =
          "Name of the model for clients."
              + " Default: the file's name without .gguf, or the folder's, or that on the hub.")
  private String alias;

  /** The name, if there is one other than the file's. */
  Optional<String> alias() {
    return Optional.ofNullable(alias);
  }
}
