package dev.lanewise.server.cli;

import dev.lanewise.bench.limit.MachineLimits;
import java.io.PrintWriter;
import java.util.Collections;
import java.util.List;

/** Tables in Markdown, row by row. */
final class MarkdownReport implements BenchReport {
  private final PrintWriter out;
  private boolean headed;

  MarkdownReport(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void limits(List<MachineLimits> limits) {
    out.println("| limit | threads | median | min | max |");
    out.println("|---|---|---|---|---|");
    for (MachineLimits limit : limits) {
      print("memory reads, GB/s", limit.threads(), limit.bytesPerSecond());
      print("FP32 multiply-adds, GFLOP/s", limit.threads(), limit.flopPerSecond());
    }
    out.println();
    out.flush();
  }

  private void print(String limit, int threads, List<Double> perSecond) {
    out.printf(
        "| %s | %d | %.1f | %.1f | %.1f |%n",
        limit,
        threads,
        BenchReport.median(perSecond) / 1e9,
        Collections.min(perSecond) / 1e9,
        Collections.max(perSecond) / 1e9);
  }

  @Override
  public void add(Row row) {
    boolean limited = row.ofLimit().isPresent();
    if (!headed) {
      out.println(
          "| model | test | threads | tokens/s: median | min | max |"
              + (limited ? " of limit |" : ""));
      out.println("|---|---|---|---|---|---|" + (limited ? "---|" : ""));
      headed = true;
    }
    List<Double> rates = row.tokensPerSecond();
    out.printf(
        "| %s | %s | %d | %.1f | %.1f | %.1f |",
        row.model(),
        row.test().name() + (row.isSparse() ? ", " + row.sparsity() : ""),
        row.threads(),
        BenchReport.median(rates),
        Collections.min(rates),
        Collections.max(rates));
    row.ofLimit().ifPresent(fraction -> out.printf(" %.0f%% |", 100 * fraction));
    out.println();
    out.flush();
  }

  @Override
  public void end() {}
}
