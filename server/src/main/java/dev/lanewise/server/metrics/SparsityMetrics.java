package dev.lanewise.server.metrics;

import dev.lanewise.engine.transformer.SkipCounts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/** The meters of what steps leave out and read. */
final class SparsityMetrics {
  private static final double[] SHARE_BUCKETS = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};

  private final MeterRegistry registry;
  private final Tags tags;
  private final DistributionSummary bytesPerToken;
  private final Counter skippedBlocks;

  /** One for each layer; none before something could be left out of one. */
  private DistributionSummary[] activeShares = {};

  SparsityMetrics(MeterRegistry registry, Tags tags) {
    this.registry = registry;
    this.tags = tags;
    bytesPerToken =
        DistributionSummary.builder("lanewise.weights.bytes.per.token")
            .description("Bytes of weights that a step read, over the requests that got a token")
            .tags(tags)
            .register(registry);
    skippedBlocks =
        Counter.builder("lanewise.sparsity.ffn.blocks.skipped")
            .description("Feed-forward blocks that were skipped, of all requests of a step")
            .tags(tags)
            .register(registry);
  }

  /** Counts what a step left out that gave a token to each of some sequences. */
  void leftOut(int sequences, SkipCounts counts) {
    bytesPerToken.record((double) counts.weightBytes() / sequences);
    if (counts.skippedBlocks() > 0) {
      skippedBlocks.increment(counts.skippedBlocks());
    }
    for (int layer = 0; layer < counts.layers(); layer++) {
      float share = counts.activeShare(layer);
      if (!Float.isNaN(share)) {
        activeShare(layer, counts.layers()).record(share);
      }
    }
  }

  private DistributionSummary activeShare(int layer, int layers) {
    if (activeShares.length == 0) {
      activeShares = new DistributionSummary[layers];
      for (int i = 0; i < layers; i++) {
        activeShares[i] =
            DistributionSummary.builder("lanewise.sparsity.active.share")
                .description("Share of a layer's neurons that a step of one request computed with")
                .serviceLevelObjectives(SHARE_BUCKETS)
                .tags(tags)
                .tag("layer", Integer.toString(i))
                .register(registry);
      }
    }
    return activeShares[layer];
  }
}
