package dev.lanewise.server.cli;

import dev.lanewise.engine.CpuTopology;
import dev.lanewise.engine.Engine;
import dev.lanewise.engine.EngineOptions;
import dev.lanewise.engine.LoadProgress;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.chat.ChatTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model to run, and how. */
final class ModelOptions {
  @Mixin ModelFile file;

  @Option(
      names = {"-c", "--context"},
      paramLabel = "TOKENS",
      description =
          "Tokens a prompt and its answer may have. Default: the model's context, at most 8192.")
  Integer context;

  @Option(
      names = "--activations",
      paramLabel = "TYPE",
      defaultValue = "INT8",
      description = "Activations while decoding: int8 or f32 (slower, exact). Default: int8.")
  EngineOptions.Activations activations;

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
          "Format to convert the weights to: as-is, int8, mxfp4, nvfp4, q8_0, q5_1, q5_0, q4_1, q4_0, iq4_nl, bf16, f16 or f32. Default: as-is.")
  Optional<BlockFormat> weights;

  @Option(
      names = "--pack-cache",
      paramLabel = "DIR",
      description =
          "Folder that keeps packed weights for the next start, about as large as the model."
              + " Default: $XDG_CACHE_HOME/lanewise/packed, or ~/.cache/lanewise/packed.")
  Path packCache;

  @Option(names = "--no-pack-cache", description = "Keep no packed weights, and use none.")
  boolean noPackCache;

  @Mixin ConfigOption config;

  /** Of the XDG Base Directory Specification, which has relative folders ignored. */
  private Path packFolder() {
    if (packCache != null) {
      return packCache;
    }
    String named = System.getenv("XDG_CACHE_HOME");
    Path caches =
        named != null && Path.of(named).isAbsolute()
            ? Path.of(named)
            : Path.of(System.getProperty("user.home"), ".cache");
    return caches.resolve("lanewise").resolve("packed");
  }

  EngineOptions with(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("--threads must be at least 1, not " + threads);
    }
    EngineOptions options =
        new EngineOptions(
            threads,
            context == null ? OptionalInt.empty() : OptionalInt.of(context),
            activations,
            kvCache,
            weights);
    return noPackCache ? options : options.withPackCache(packFolder());
  }

  /** Loads the model; {@code template} takes the place of its own. */
  Engine load(ThreadsOption threads, Optional<ChatTemplate> template, LoadProgress progress)
      throws IOException {
    EngineOptions options = with(threads.count()).withChatTemplate(template);
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

  /** Where options may come from. */
  static final class ConfigOption {
    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "YAML file with options, by their long names: 'port: 9000'.")
    Path config;
  }
}
