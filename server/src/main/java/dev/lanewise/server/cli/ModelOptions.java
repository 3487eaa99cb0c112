package dev.lanewise.server.cli;

import dev.lanewise.engine.CpuTopology;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which model to run, and how: with one kind of weights and of cache. */
final class ModelOptions extends LoadOptions {
  @Option(
      names = "--kv-cache",
      paramLabel = "TYPE",
      defaultValue = "BF16",
      description =
          "Keys and values of the context: bf16, int8 (half the memory) or f32 (twice)."
              + " Default: bf16.")
  KvFormat kvCache;

  @Option(
      names = "--weights",
      paramLabel = "FORMAT",
      converter = WeightFormatConverter.class,
      defaultValue = WeightFormatConverter.AS_IS,
      description =
          "Format to convert the weights to: as-is, int8, mxfp4, nvfp4, q8_0, q6_k, q5_k, q4_k, q5_1, q5_0, q4_1, q4_0, iq4_nl, bf16, f16 or f32. Default: as-is.")
  Optional<BlockFormat> weights;

  EngineOptions with(int threads) {
    return with(threads, kvCache, weights);
  }

  /** Loads the model. */
  Engine load(ThreadsOption threads, LoadProgress progress) throws IOException {
    return Engine.load(file.path(), with(threads.count()), progress);
  }

  /** Loads the model to generate so. */
  Engine load(
      ThreadsOption threads,
      ChatTemplateOption template,
      SparsityOption sparsity,
      boolean modelSampling,
      LoadProgress progress)
      throws IOException {
    EngineOptions options =
        with(threads.count())
            .withChatTemplate(template.template())
            .withSparsity(sparsity.choice())
            .withModelSampling(modelSampling);
    return Engine.load(file.path(), options, progress);
  }

  /** How many threads compute. */
  static final class ThreadsOption {
    @Option(
        names = {"-t", "--threads"},
        paramLabel = "N",
        description = "Threads that compute. Default: one for each physical core.")
    Integer threads;

    int count() {
      return threads == null ? CpuTopology.cores().count() : threads;
    }

    /** Why there are as many, for people. */
    String reason() {
      return threads == null ? CpuTopology.cores().reason() : "--threads";
    }
  }
}
