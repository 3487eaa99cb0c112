package dev.lanewise.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.bench.SpeedBench;
import dev.lanewise.engine.CpuTopology;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.LoadProgress;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lanewise bench}. */
@Command(
    name = "bench",
    description =
        "Measures prompt reading (pp) and generation (tg) in tokens a second, as llama-bench does.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: lanewise bench -p 512 -n 128 -t 1,2 -r 5"})
final class BenchCommand implements Callable<Integer> {
  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TOKENS",
      defaultValue = "512",
      description = "Tokens of the prompt; 0 leaves it out. Default: ${DEFAULT-VALUE}.")
  private int prompt;

  @Option(
      names = {"-n", "--generate"},
      paramLabel = "TOKENS",
      defaultValue = "128",
      description = "Tokens to generate; 0 leaves it out. Default: ${DEFAULT-VALUE}.")
  private int generate;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      split = ",",
      description = "Numbers of threads, one after the other: 1,2. Default: the physical cores.")
  private List<Integer> threads;

  @Option(
      names = {"-r", "--repetitions"},
      paramLabel = "N",
      defaultValue = "5",
      description = "Repetitions of each measurement. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(names = "--json", description = "One JSON line for each measurement.")
  private boolean json;

  @Mixin private ModelOptions model;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (prompt < 0 || generate < 0 || repetitions < 1) {
      throw new IllegalArgumentException(
          "-p and -n must not be negative, and -r must be at least 1");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (!json) {
      out.println("| model | test | threads | tokens/s: median | min | max |");
      out.println("|---|---|---|---|---|---|");
    }
    List<Integer> counts = threads == null ? List.of(CpuTopology.cores().count()) : threads;
    for (int count : counts) {
      try (Engine engine = Engine.load(model.file(), model.with(count), LoadProgress.SILENT)) {
        int longest = Math.max(prompt, generate);
        if (longest > engine.contextLength()) {
          throw new IllegalArgumentException(
              "%d tokens do not fit the context of %d; see --context"
                  .formatted(longest, engine.contextLength()));
        }
        SpeedBench bench = new SpeedBench(engine.transformer(), model.kvCache);
        if (prompt > 0) {
          print(out, engine, "pp" + prompt, count, bench.prefill(prompt, repetitions));
        }
        if (generate > 0) {
          print(out, engine, "tg" + generate, count, bench.decode(generate, repetitions));
        }
      }
    }
    return 0;
  }

  private void print(PrintWriter out, Engine engine, String test, int threads, List<Double> rates) {
    String name = engine.modelPath().getFileName().toString();
    if (json) {
      ObjectNode line =
          JsonNodeFactory.instance
              .objectNode()
              .put("engine", "lanewise")
              .put("model", name)
              .put("test", test)
              .put("threads", threads);
      ArrayNode values = line.putArray("tokens_per_s");
      rates.forEach(rate -> values.add(Math.round(rate * 100) / 100.0));
      out.println(line);
    } else {
      List<Double> sorted = rates.stream().sorted().toList();
      out.printf(
          "| %s | %s | %d | %.1f | %.1f | %.1f |%n",
          name, test, threads, sorted.get(sorted.size() / 2), sorted.getFirst(), sorted.getLast());
    }
    out.flush();
  }
}
