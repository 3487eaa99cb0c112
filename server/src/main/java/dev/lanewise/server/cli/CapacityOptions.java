package dev.lanewise.server.cli;

import dev.lanewise.engine.Batching;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** How much is computed at a time. */
final class CapacityOptions {
  @Option(
      names = "--parallel",
      paramLabel = "N",
      description = "Most requests that are computed together. Default: 32.")
  private int parallel = Batching.DEFAULTS.parallel();

  @Option(
      names = "--kv-memory",
      paramLabel = "SIZE",
      converter = MemorySizeConverter.class,
      description =
          "Memory for keys and values, like 2G. Default: what the container's limit leaves;"
              + " without a limit, room for 8 contexts or a quarter of the free memory.")
  private Long kvMemory;

  Batching batching(int queue, double prefillShare) {
    return new Batching(
        parallel,
        queue,
        kvMemory == null ? OptionalLong.empty() : OptionalLong.of(kvMemory),
        prefillShare);
  }
}
