package dev.lanewise.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.bench.quality.Quality.Difference;
import dev.lanewise.bench.quality.QualityRow;
import java.io.PrintWriter;
import java.util.List;

/** Qualities as one JSON object; what was not measured is left out. */
final class QualityJson implements QualityReport {
  private final PrintWriter out;

  QualityJson(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(Measured measured, List<QualityRow> rows) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("engine", "lanewise")
            .put("model", measured.model())
            .put("window", measured.window())
            .put("windows", measured.windows())
            .put("tokens", measured.scored())
            .put("continuations", measured.continuations())
            .put("continuation_tokens", measured.continuationLength());
    for (QualityRow row : rows) {
      put(json.withArray("rows").addObject(), row);
    }
    out.println(json.toPrettyString());
    out.flush();
  }

  private static void put(ObjectNode json, QualityRow row) {
    json.put("row", row.number())
        .put("weights", row.weights())
        .put("kv_cache", row.kvCache())
        .put("sparsity", row.sparsity().toString())
        .put("mean_nll", row.quality().perplexity().meanNll())
        .put("perplexity", row.quality().perplexity().value())
        .put("standard_error", row.quality().perplexity().standardError());
    row.against().ifPresent(against -> json.put("against", against));
    row.quality().difference().ifPresent(difference -> put(json, difference));
  }

  private static void put(ObjectNode json, Difference difference) {
    json.put("perplexity_increase", difference.increase())
        .put("kl_mean", difference.divergence().mean())
        .put("kl_p99", difference.divergence().percentile99())
        .put("same_likeliest", difference.divergence().sameLikeliest())
        .put("same_continuation", difference.sameContinuation());
    difference
        .speed()
        .ifPresent(
            speed ->
                json.put("speed_up", speed.speedUp()).put("tokens_per_s", speed.tokensPerSecond()));
  }
}
