package dev.lanewise.server.cli;

import dev.lanewise.engine.Batching;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** How requests share the server. */
final class BatchingOptions {
  @Option(
      names = "--parallel",
      paramLabel = "N",
      description = "Most requests that are computed together. Default: 32.")
  private int parallel = Batching.DEFAULTS.parallel();

  @Option(
      names = "--queue",
      paramLabel = "N",
      description = "Requests that may wait beside them; more are answered with 429. Default: 128.")
  private int queue = Batching.DEFAULTS.queue();

  @Option(
      names = "--kv-memory",
      paramLabel = "SIZE",
      converter = MemorySizeConverter.class,
      description =
          "Memory for keys and values, like 2G. Default: what the container's limit leaves;"
              + " without a limit, room for 8 contexts or a quarter of the free memory.")
  private Long kvMemory;

  @Option(
      names = "--prefill-share",
      paramLabel = "PART",
      description =
          "Part of the time that prompts get while others generate, above 0 and below 1."
              + " Default: 0.45.")
  private double prefillShare = Batching.DEFAULTS.prefillShare();

  Batching batching() {
    return new Batching(
        parallel,
        queue,
        kvMemory == null ? OptionalLong.empty() : OptionalLong.of(kvMemory),
        prefillShare);
  }
}
