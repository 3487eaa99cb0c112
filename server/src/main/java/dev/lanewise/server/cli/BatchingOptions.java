package dev.lanewise.server.cli;

import dev.lanewise.engine.Batching;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How requests share the server. */
final class BatchingOptions {
  @Mixin private CapacityOptions capacity;

  @Option(
      names = "--queue",
      paramLabel = "N",
      description = "Requests that may wait beside them; more are answered with 429. Default: 128.")
  private int queue = Batching.DEFAULTS.queue();

  @Option(
      names = "--prefill-share",
      paramLabel = "PART",
      description =
          "Part of the time that prompts get while others generate, above 0 and below 1."
              + " Default: 0.45.")
  private double prefillShare = Batching.DEFAULTS.prefillShare();

  Batching batching() {
    return capacity.batching(queue, prefillShare);
  }
}
