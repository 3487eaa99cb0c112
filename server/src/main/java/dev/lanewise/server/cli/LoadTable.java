package dev.lanewise.server.cli;

import dev.lanewise.bench.load.LoadResult;
import dev.lanewise.bench.load.Percentiles;
import dev.lanewise.bench.load.TrafficFigures;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The figures of {@code lanewise load} as tables in Markdown. */
final class LoadTable implements LoadReport {
  private static final int MOST_MESSAGES = 10;

  private final PrintWriter out;

  LoadTable(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(Asked asked, LoadResult result) {
    out.printf(
        "%s, model %s, %.1f s, seed %d%n%n",
        asked.target().endpoint(), asked.model(), result.seconds(), asked.seed());
    out.println(
        "| traffic | requests | ok | rejected | errors | disconnected | retries | status | finish reason |");
    out.println("|---|---|---|---|---|---|---|---|---|");
    for (TrafficFigures figures : result.figures()) {
      out.printf(
          "| %s | %d | %d | %d | %d | %d | %d | %s | %s |%n",
          figures.name(),
          figures.requests(),
          figures.ok(),
          figures.rejected(),
          figures.errors(),
          figures.disconnected(),
          figures.retries(),
          list(figures.statuses()),
          list(figures.finishReasons()));
    }
    out.println();
    out.println("| traffic | requests/s | prompt tokens | /s | output tokens | /s | steady /s |");
    out.println("|---|---|---|---|---|---|---|");
    for (TrafficFigures figures : result.figures()) {
      out.printf(
          "| %s | %.2f | %d | %.1f | %d | %.1f | %s |%n",
          figures.name(),
          figures.requestsPerSecond(),
          figures.promptTokens(),
          figures.promptTokensPerSecond(),
          figures.outputTokens(),
          figures.outputTokensPerSecond(),
          rate(figures.steadyTokensPerSecond()));
    }
    out.println();
    out.println("| traffic | latency, ms | p50 | p90 | p99 | max | of |");
    out.println("|---|---|---|---|---|---|---|");
    for (TrafficFigures figures : result.figures()) {
      latency(figures.name(), "first token (TTFT)", figures.firstToken());
      latency(figures.name(), "between tokens (ITL)", figures.betweenTokens());
      latency(figures.name(), "end to end (E2E)", figures.endToEnd());
    }
    result.figures().forEach(this::notes);
    if (result.unfinished() > 0) {
      out.printf("%n%d requests were under way and are not counted%n", result.unfinished());
    }
    out.flush();
  }

  private void latency(String traffic, String name, Optional<Percentiles> times) {
    times.ifPresent(
        known ->
            out.printf(
                "| %s | %s | %.1f | %.1f | %.1f | %.1f | %d |%n",
                traffic, name, known.p50(), known.p90(), known.p99(), known.max(), known.count()));
  }

  private void notes(TrafficFigures figures) {
    if (figures.withoutUsage() > 0) {
      out.printf(
          "%n%s: %d answers came without usage; their tokens are estimates%n",
          figures.name(), figures.withoutUsage());
    }
    figures.errorMessages().entrySet().stream()
        .limit(MOST_MESSAGES)
        .forEach(
            entry ->
                out.printf("%n%s: %d x %s%n", figures.name(), entry.getValue(), entry.getKey()));
  }

  private static String list(Map<String, Integer> counts) {
    if (counts.isEmpty()) {
      return "-";
    }
    return counts.entrySet().stream()
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String rate(OptionalDouble rate) {
    return rate.isPresent() ? "%.1f".formatted(rate.getAsDouble()) : "-";
  }
}
