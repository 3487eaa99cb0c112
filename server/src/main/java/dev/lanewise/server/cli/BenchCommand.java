package dev.lanewise.server.cli;

import dev.lanewise.bench.SpeedBench;
import dev.lanewise.bench.SpeedCase;
import dev.lanewise.bench.limit.MachineLimits;
import dev.lanewise.engine.CpuTopology;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.engine.sparse.SparsityChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lanewise bench}. */
@Command(
    name = "bench",
    description =
        "Measures prompt reading (pp) and generation (tg) in tokens a second, as llama-bench does."
            + " Lists, 1,2, are measured in all combinations.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  lanewise bench -p 512 -n 128 -t 1,2 -d 0,4096",
      "  lanewise bench --limit --model llama.gguf",
      "  lanewise bench --limit                          the machine alone"
    })
final class BenchCommand implements Callable<Integer> {
  /** How results are written. */
  enum Output {
    MD,
    JSON
  }

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TOKENS",
      split = ",",
      defaultValue = "512",
      description = "Tokens of the prompt; 0 leaves it out. Default: ${DEFAULT-VALUE}.")
  private List<Integer> prompts;

  @Option(
      names = {"-n", "--generate"},
      paramLabel = "TOKENS",
      split = ",",
      defaultValue = "128",
      description = "Tokens to generate; 0 leaves it out. Default: ${DEFAULT-VALUE}.")
  private List<Integer> generations;

  @Option(
      names = {"-d", "--depth"},
      paramLabel = "TOKENS",
      split = ",",
      defaultValue = "0",
      description =
          "Tokens in the cache before, which are not timed: 0,4096. Default: ${DEFAULT-VALUE}.")
  private List<Integer> depths;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      split = ",",
      defaultValue = "1",
      description = "Sequences that are generated together: 1,8. Default: ${DEFAULT-VALUE}.")
  private List<Integer> parallel;

  @Option(
      names = "--sparsity",
      paramLabel = "SPARSITY",
      split = ",",
      converter = SparsityConverter.class,
      defaultValue = "off",
      description =
          "What is left out while one sequence is generated: "
              + SparsityChoice.FORMS
              + ". Default: off.")
  private List<SparsityChoice> sparsity;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      split = ",",
      description = "Numbers of threads: 1,2. Default: the physical cores.")
  private List<Integer> threads;

  @Option(
      names = {"-r", "--repetitions"},
      paramLabel = "N",
      defaultValue = "5",
      description = "Repetitions of each measurement. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(
      names = "--limit",
      description = {
        "Measures what the machine allows (memory reads, FP32 multiply-adds), and what part of it"
            + " each figure is. Without --model: the machine alone."
      })
  private boolean limit;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "MD",
      description = "md: tables in Markdown; json: one array of rows. Default: md.")
  private Output output;

  @Mixin private ModelOptions model;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    requireAtLeast("--prompt", 0, prompts);
    requireAtLeast("--generate", 0, generations);
    requireAtLeast("--depth", 0, depths);
    requireAtLeast("--parallel", 1, parallel);
    requireAtLeast("--repetitions", 1, List.of(repetitions));
    requireOneSequence();
    List<Integer> counts = threads == null ? List.of(CpuTopology.cores().count()) : threads;
    requireAtLeast("--threads", 1, counts);
    BenchReport report =
        switch (output) {
          case MD -> new MarkdownReport(spec.commandLine().getOut());
          case JSON -> new JsonReport(spec.commandLine().getOut());
        };
    List<MachineLimits> limits = new ArrayList<>();
    if (limit) {
      for (int count : counts) {
        limits.add(MachineLimits.measure(count, repetitions));
      }
      report.limits(limits);
    }
    if (!limit || model.file.isNamed()) {
      for (int i = 0; i < counts.size(); i++) {
        measure(counts.get(i), limit ? limits.get(i) : null, report);
      }
    }
    report.end();
    return 0;
  }

  private void requireAtLeast(String option, int least, List<Integer> values) {
    for (int value : values) {
      if (value < least) {
        throw new ParameterException(
            spec.commandLine(), "%s must be at least %d, not %d".formatted(option, least, value));
      }
    }
  }

  private void requireOneSequence() {
    if (!sparsity.equals(List.of(SparsityChoice.OFF)) && !parallel.equals(List.of(1))) {
      throw new ParameterException(
          spec.commandLine(), "--sparsity is measured with one sequence: it needs --parallel 1");
    }
  }

  private List<SpeedCase> tests() {
    List<SpeedCase> tests = new ArrayList<>();
    for (int depth : depths) {
      for (int tokens : prompts) {
        tests.add(SpeedCase.prefill(tokens, depth));
      }
      for (int tokens : generations) {
        for (int sequences : parallel) {
          tests.add(SpeedCase.decode(tokens, depth, sequences));
        }
      }
    }
    tests.removeIf(test -> test.tokens() == 0);
    return tests;
  }

  /**
   * Measures all tests with one number of threads.
   *
   * @param limits what the machine allows, or null if that is not to be told
   */
  private void measure(int count, MachineLimits limits, BenchReport report) throws Exception {
    List<SpeedCase> tests = tests();
    try (Engine engine = Engine.load(model.file.path(), model.with(count), LoadProgress.SILENT)) {
      for (SpeedCase test : tests) {
        if (test.context() > engine.contextLength()) {
          throw new IllegalArgumentException(
              "%s needs a context of %d tokens, and it is %d; see --context"
                  .formatted(test.name(), test.context(), engine.contextLength()));
        }
        if (!engine.config().generates() && !test.readsAlone()) {
          throw new IllegalArgumentException(
              "%s: the model is an encoder, which reads whole texts only; give --generate 0, and no --depth"
                  .formatted(test.name()));
        }
      }
      SpeedBench bench = new SpeedBench(engine.readingTransformer(), model.kvCache);
      String name = engine.modelPath().getFileName().toString();
      for (SpeedCase test : tests) {
        for (SparsityChoice choice : choices(test)) {
          List<Double> rates =
              bench.measure(
                  test, choice.forSequencesOf(engine.modelPath(), engine.config()), repetitions);
          OptionalDouble ofLimit =
              limits == null
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(
                      test.fractionOf(
                          limits,
                          BenchReport.median(rates),
                          engine.readingTransformer().weightSizes(),
                          bench.kvBytes(test)));
          report.add(new BenchReport.Row(name, test, choice, count, rates, ofLimit));
        }
      }
    }
  }

  /** Prompts are computed whole. */
  private List<SparsityChoice> choices(SpeedCase test) {
    return test.kind() == SpeedCase.Kind.DECODE ? sparsity : List.of(SparsityChoice.OFF);
  }
}
