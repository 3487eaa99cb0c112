package dev.lanewise.bench.jmh;

import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs {@link MatMulBenchmark} with JMH's options and prints a table of it: for each format, number
 * of threads and kind of kernels the times, and the part of the read limit of the same run that one
 * column reaches.
 *
 * <pre>{@code
 * ./build package -Dmaven.test.skip=true
 * java -cp 'server/target/lib/*' dev.lanewise.bench.jmh.KernelTable -p format=Q4_0,MXFP4 -p kernels=vector
 * }</pre>
 */
public final class KernelTable {
  private KernelTable() {}

  /** Runs the benchmark, with the arguments of {@code org.openjdk.jmh.Main}. */
  public static void main(String[] arguments) throws CommandLineOptionException, RunnerException {
    Options options =
        new OptionsBuilder()
            .parent(new CommandLineOptions(arguments))
            .include(MatMulBenchmark.class.getName())
            .build();
    Map<String, Map<String, Double>> rows = new TreeMap<>();
    for (RunResult result : new Runner(options).run()) {
      rows.computeIfAbsent(row(result), row -> new TreeMap<>())
          .put(method(result), result.getPrimaryResult().getScore());
    }
    System.out.println();
    System.out.println(
        "| format | threads | kernels | read, ms | one column, ms | of the read limit"
            + " | eight columns, ms | prompt of 64, ms |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    rows.forEach(KernelTable::print);
  }

  private static String row(RunResult result) {
    return "%s | %s | %s"
        .formatted(
            result.getParams().getParam("format"),
            result.getParams().getParam("threads"),
            result.getParams().getParam("kernels"));
  }

  private static String method(RunResult result) {
    String name = result.getParams().getBenchmark();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static void print(String row, Map<String, Double> millis) {
    double read = millis.get("read");
    double oneColumn = millis.get("oneColumn");
    System.out.printf(
        "| %s | %.2f | %.2f | %.0f%% | %.2f | %.1f |%n",
        row,
        read,
        oneColumn,
        100 * read / oneColumn,
        millis.get("eightColumns"),
        millis.get("prompt"));
  }
}
