package dev.lanewise.server.cli;

import dev.lanewise.engine.Batching;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.server.ServedModel;
import dev.lanewise.server.batch.BatchPlan;
import dev.lanewise.server.batch.BatchRun;
import dev.lanewise.server.batch.OutputFile;
import dev.lanewise.server.batch.Shard;
import dev.lanewise.server.openai.OfflineEndpoints;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise batch}. */
@Command(
    name = "batch",
    description =
        "Answers a file of requests in the format of the OpenAI Batch API, without a server."
            + " Started again with the same files, it goes on where it was stopped.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Every line of the input has one in the output, in the order in which they are answered.",
      "",
      "Examples:",
      "  lanewise batch requests.jsonl answers.jsonl",
      "  lanewise batch requests.jsonl answers-3.jsonl --shard 3/8"
    })
final class BatchCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "IN",
      description = "A request a line: custom_id, method, url and body, as JSON.")
  private Path in;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "Where answers go, a line each. What is there already is not computed again.")
  private Path out;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      converter = ShardConverter.class,
      defaultValue = "0/1",
      description =
          "Takes only every N-th line, from line I on, counted from 0: 0/8 to 7/8 are all lines."
              + " Each shard needs an output of its own. Default: all lines.")
  private Shard shard;

  @Mixin private AliasOption alias;
  @Mixin private CapacityOptions capacity;
  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOption template;
  @Mixin private SparsityOption sparsity;
  @Mixin private ModelSamplingOption sampling;
  @Mixin private ModelOptions.ThreadsOption threads;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Batching batching =
        capacity.batching(Batching.DEFAULTS.queue(), Batching.DEFAULTS.prefillShare());
    EngineOptions options =
        model
            .with(threads.count())
            .withBatching(batching)
            .withChatTemplate(template.template())
            .withSparsity(sparsity.choice())
            .withModelSampling(sampling.isUsed());
    PrintWriter err = spec.commandLine().getErr();
    checkInput();
    try (OutputFile output = OutputFile.open(out);
        LoadingDisplay loading = new LoadingDisplay(err)) {
      BatchPlan plan = BatchPlan.of(in, shard, output);
      output.cut();
      int before = plan.lines() - plan.left();
      BatchDisplay display = new BatchDisplay(loading, plan.lines(), before, output.errors());
      if (plan.left() > 0) {
        if (before > 0) {
          err.printf("%s: goes on after %s%n", out, display);
        }
        closeOnSignal(output, display, err);
        try (Engine engine = Engine.load(model.file.path(), options, loading)) {
          loading.at("compiling the kernels", 0);
          engine.warmUp();
          loading.clear();
          OfflineEndpoints endpoints = new OfflineEndpoints(ServedModel.of(engine, alias.alias()));
          // While some are computed, as many others are read and wait for their places.
          new BatchRun(plan, output, endpoints, display).run(2 * batching.parallel());
        }
      }
      loading.clear();
      if (!output.isClosed()) { // by a signal
        err.printf("%s: %s%n", out, display);
        err.flush();
      }
    }
    return 0;
  }

  private void checkInput() throws IOException {
    if (!Files.exists(in)) {
      throw new NoSuchFileException(in.toString());
    }
    if (!Files.isRegularFile(in)) {
      throw new IllegalArgumentException(in + ": is no file; it is read twice");
    }
    if (Files.exists(out) && Files.isSameFile(in, out)) {
      throw new IllegalArgumentException(out + ": is the input too; name another file");
    }
  }

  /** After a signal the JVM ends when the file is closed; what is being computed is dropped. */
  private void closeOnSignal(OutputFile output, BatchDisplay display, PrintWriter err) {
    Thread stop =
        new Thread(
            () -> {
              if (!output.isClosed()) {
                try {
                  output.close();
                } catch (IOException failure) {
                  throw new UncheckedIOException(failure);
                }
                err.printf("%s: stopped after %s%n", out, display);
                err.flush();
              }
            },
            "lanewise-batch-stop");
    Runtime.getRuntime().addShutdownHook(stop);
  }
}
