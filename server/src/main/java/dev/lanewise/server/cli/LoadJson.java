package dev.lanewise.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.bench.load.LoadResult;
import dev.lanewise.bench.load.Percentiles;
import dev.lanewise.bench.load.TrafficFigures;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;

/** The figures of {@code lanewise load} as one JSON object. */
final class LoadJson implements LoadReport {
  private final PrintWriter out;

  LoadJson(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(Asked asked, LoadResult result) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("endpoint", asked.target().endpoint().toString())
            .put("model", asked.model())
            .put("seed", asked.seed())
            .put("seconds", rounded(result.seconds()))
            .put("unfinished", result.unfinished());
    for (TrafficFigures figures : result.figures()) {
      put(json.withArray("traffic").addObject(), figures);
    }
    out.println(json.toPrettyString());
    out.flush();
  }

  private static void put(ObjectNode json, TrafficFigures figures) {
    json.put("name", figures.name())
        .put("requests", figures.requests())
        .put("ok", figures.ok())
        .put("rejected", figures.rejected())
        .put("errors", figures.errors())
        .put("disconnected", figures.disconnected())
        .put("retries", figures.retries());
    put(json.putObject("statuses"), figures.statuses());
    put(json.putObject("finish_reasons"), figures.finishReasons());
    put(json.putObject("error_messages"), figures.errorMessages());
    json.put("prompt_tokens", figures.promptTokens())
        .put("output_tokens", figures.outputTokens())
        .put("without_usage", figures.withoutUsage())
        .put("requests_per_s", rounded(figures.requestsPerSecond()))
        .put("prompt_tokens_per_s", rounded(figures.promptTokensPerSecond()))
        .put("output_tokens_per_s", rounded(figures.outputTokensPerSecond()));
    figures
        .steadyTokensPerSecond()
        .ifPresent(rate -> json.put("steady_output_tokens_per_s", rounded(rate)));
    put(json, "ttft_ms", figures.firstToken());
    put(json, "itl_ms", figures.betweenTokens());
    put(json, "e2e_ms", figures.endToEnd());
  }

  private static void put(ObjectNode json, Map<String, Integer> counts) {
    counts.forEach(json::put);
  }

  private static void put(ObjectNode json, String name, Optional<Percentiles> times) {
    times.ifPresent(
        known ->
            json.putObject(name)
                .put("count", known.count())
                .put("p50", rounded(known.p50()))
                .put("p90", rounded(known.p90()))
                .put("p99", rounded(known.p99()))
                .put("max", rounded(known.max())));
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
