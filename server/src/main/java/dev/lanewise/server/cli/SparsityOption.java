package dev.lanewise.server.cli;

import dev.lanewise.engine.sparse.SparsityChoice;
import picocli.CommandLine.Option;

/** What is left out while answers are generated. */
final class SparsityOption {
  @Option(
      names = "--sparsity",
      paramLabel = "SPARSITY",
      converter = SparsityConverter.class,
      defaultValue = "off",
      description =
          "What is left out while answers are generated: "
              + SparsityChoice.FORMS
              + ". Default: off.")
  private SparsityChoice choice;

  SparsityChoice choice() {
    return choice;
  }
}
