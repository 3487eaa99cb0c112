package dev.lanewise.server.cli;

import dev.lanewise.bench.quality.QualityRow;
import java.util.List;

/** Where {@code lanewise quality} tells what it measured. */
sealed interface QualityReport permits QualityTable, QualityJson {
  /**
   * What was measured with.
   *
   * @param model name of its file
   * @param windows of the text
   * @param window tokens of each
   * @param scored tokens that were scored
   * @param continuations greedy ones
   * @param continuationLength tokens of each
   */
  record Measured(
      String model,
      int windows,
      int window,
      int scored,
      int continuations,
      int continuationLength) {}

  /** Prints everything. */
  void print(Measured measured, List<QualityRow> rows);
}
