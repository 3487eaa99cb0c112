package dev.lanewise.server.cli;

import dev.lanewise.bench.quality.Quality.Difference;
import dev.lanewise.bench.quality.QualityRow;
import java.io.PrintWriter;
import java.util.List;

/** Qualities as a table in Markdown. */
final class QualityTable implements QualityReport {
  private final PrintWriter out;

  QualityTable(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(Measured measured, List<QualityRow> rows) {
    out.printf(
        "%s: %d windows of %d tokens, %d tokens scored; %d greedy continuations of %d tokens.%n",
        measured.model(),
        measured.windows(),
        measured.window(),
        measured.scored(),
        measured.continuations(),
        measured.continuationLength());
    out.println(
        "Sparse rows are compared with the row of the same weights and cache without sparsity,"
            + " other rows with the first.");
    out.println();
    out.println(
        "| row | weights | KV cache | sparsity | against | perplexity | more | KL, mean | KL, 99%"
            + " | same likeliest token | same continuation | speed-up |");
    out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
    rows.forEach(this::print);
    out.flush();
  }

  private void print(QualityRow row) {
    out.printf("| %d | %s | %s | %s |", row.number(), row.weights(), row.kvCache(), row.sparsity());
    double perplexity = row.quality().perplexity().value();
    row.quality()
        .difference()
        .ifPresentOrElse(
            difference -> print(row.against().getAsInt(), perplexity, difference),
            () -> out.printf(" - | %.3f | - | - | - | - | - | - |%n", perplexity));
  }

  private void print(int against, double perplexity, Difference difference) {
    out.printf(
        " %d | %.3f | %+.2f%% | %.5f | %.4f | %.2f%% | %.1f%% | %s |%n",
        against,
        perplexity,
        100 * difference.increase(),
        difference.divergence().mean(),
        difference.divergence().percentile99(),
        100 * difference.divergence().sameLikeliest(),
        100 * difference.sameContinuation(),
        difference.speed().map(speed -> "%.2f".formatted(speed.speedUp())).orElse("-"));
  }
}
