package dev.lanewise.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.bench.limit.MachineLimits;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** One JSON array of all rows, at the end: what was not finished is not valid. */
final class JsonReport implements BenchReport {
  private final PrintWriter out;
  private final List<ObjectNode> rows = new ArrayList<>();

  JsonReport(PrintWriter out) {
    this.out = out;
  }

  private ObjectNode row() {
    ObjectNode row = JsonNodeFactory.instance.objectNode().put("engine", "lanewise");
    rows.add(row);
    return row;
  }

  @Override
  public void limits(List<MachineLimits> limits) {
    for (MachineLimits limit : limits) {
      ObjectNode reads = row().put("test", "read").put("threads", limit.threads());
      put(reads.putArray("gb_per_s"), limit.bytesPerSecond(), 1e9);
      ObjectNode multiplyAdds = row().put("test", "fma").put("threads", limit.threads());
      put(multiplyAdds.putArray("gflop_per_s"), limit.flopPerSecond(), 1e9);
    }
  }

  @Override
  public void add(Row row) {
    ObjectNode json =
        row()
            .put("model", row.model())
            .put("test", row.test().name())
            .put("threads", row.threads());
    if (row.isSparse()) {
      json.put("sparsity", row.sparsity().toString());
    }
    put(json.putArray("tokens_per_s"), row.tokensPerSecond(), 1);
    row.ofLimit().ifPresent(fraction -> json.put("of_limit", rounded(fraction, 1000)));
  }

  private static void put(ArrayNode array, List<Double> values, double unit) {
    values.forEach(value -> array.add(rounded(value / unit, 100)));
  }

  private static double rounded(double value, double steps) {
    return Math.round(value * steps) / steps;
  }

  @Override
  public void end() {
    out.println(
        rows.stream().map(ObjectNode::toString).collect(Collectors.joining(",\n ", "[", "]")));
    out.flush();
  }
}
