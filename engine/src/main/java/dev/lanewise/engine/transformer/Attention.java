package dev.lanewise.engine.transformer;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.kernel.AttentionKernels;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Grouped-query attention of a run of new positions over all positions before them and themselves.
 * Work is split over the team by (position, KV head); members take the next piece when they are
 * done with one, since later positions take longer.
 */
final class Attention {
  private final ModelConfig config;
  private final AttentionKernels kernels;
  private final ThreadTeam team;
  private final float[][] scratch;
  private final AtomicInteger next = new AtomicInteger();
  private final ThreadTeam.Task share = this::share;
  private final float scale;

  private float[] query;
  private KvCache cache;
  private int layer;
  private int first;
  private int count;
  private float[] out;

  Attention(ModelConfig config, AttentionKernels kernels, ThreadTeam team, int maxPositions) {
    this.config = config;
    this.kernels = kernels;
    this.team = team;
    scale = (float) (1 / Math.sqrt(config.headDim()));
    scratch = new float[team.size()][maxPositions + config.headDim() + 16];
  }

  /**
   * {@code out[c] = attention(query[c])} for {@code count} columns c at positions from {@code
   * first} on, whose keys and values are in the cache already; {@code query} and {@code out} are
   * {@code [count, queryDim]}.
   */
  void attend(float[] query, KvCache cache, int layer, int first, int count, float[] out) {
    this.query = query;
    this.cache = cache;
    this.layer = layer;
    this.first = first;
    this.count = count;
    this.out = out;
    next.set(0);
    team.run(share);
  }

  private void share(int member, int size) {
    int pieces = count * config.kvHeads();
    for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
      // The longest first, so that the members end together.
      int column = count - 1 - piece / config.kvHeads();
      attend(column, piece % config.kvHeads(), scratch[member]);
    }
  }

  /** All query heads of one column that share a KV head. */
  private void attend(int column, int kvHead, float[] scratch) {
    int group = config.heads() / config.kvHeads();
    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
      int at = column * config.queryDim() + head * config.headDim();
      kernels.attend(
          query,
          at,
          cache.layer(layer),
          cache.format(),
          cache.keyOffset(kvHead, 0),
          cache.valueOffset(kvHead, 0),
          cache.rowBytes(),
          first + column + 1,
          config.headDim(),
          scale,
          scratch,
          out,
          at);
    }
  }
}
