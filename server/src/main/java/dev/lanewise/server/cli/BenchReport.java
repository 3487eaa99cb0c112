package dev.lanewise.server.cli;

import dev.lanewise.bench.SpeedCase;
import dev.lanewise.bench.limit.MachineLimits;
import dev.lanewise.engine.sparse.SparsityChoice;
import java.util.List;
import java.util.OptionalDouble;

/** Where {@code lanewise bench} tells what it measured, as soon as it knows. */
sealed interface BenchReport permits MarkdownReport, JsonReport {
  /**
   * The figures of one test.
   *
   * @param sparsity what was left out
   * @param tokensPerSecond one for each repetition
   * @param ofLimit which part of what the machine allows their median is, if that was measured
   */
  record Row(
      String model,
      SpeedCase test,
      SparsityChoice sparsity,
      int threads,
      List<Double> tokensPerSecond,
      OptionalDouble ofLimit) {
    /** Whether something was left out. */
    boolean isSparse() {
      return !sparsity.equals(SparsityChoice.OFF);
    }
  }

  /** What the machine allows, for some numbers of threads. */
  void limits(List<MachineLimits> limits);

  /** One test was measured. */
  void add(Row row);

  /** There is no more. */
  void end();

  /** The one in the middle; of an even number, the higher of the two. */
  static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
