package dev.lanewise.server.cli;

import dev.lanewise.engine.EngineOptions;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a model is loaded, whatever its weights and its cache are to be. */
sealed class LoadOptions permits ModelOptions {
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
      names = "--pack-cache",
      paramLabel = "DIR",
      description =
          "Folder that keeps packed weights for the next start, about as large as the model."
              + " Default: $XDG_CACHE_HOME/lanewise/packed, or ~/.cache/lanewise/packed.")
  Path packCache;

  @Option(
      names = "--no-pack-cache",
      description = "Keep no packed weights, and use none, unless --pack-cache names a folder.")
  boolean noPackCache;

  @Mixin ConfigOption config;

  EngineOptions with(int threads, KvFormat kvCache, Optional<BlockFormat> weights) {
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
    if (noPackCache && packCache == null) {
      return options;
    }
    return options.withPackCache(packCache == null ? CacheFolder.of("packed") : packCache);
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
