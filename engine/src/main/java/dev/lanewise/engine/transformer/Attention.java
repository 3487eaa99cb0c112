package dev.lanewise.engine.transformer;

import static dev.lanewise.engine.transformer.AttentionPlan.SEGMENT;

import dev.lanewise.engine.cache.KvCache;
import dev.lanewise.math.Rope;
import dev.lanewise.math.kernel.AttentionKernels;
import dev.lanewise.math.kernel.FloatKernels;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.SlidingWindow;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Grouped-query attention of some columns, each over the positions of its sequence that it reaches.
 * Its methods are called by every member of a team within one run, with a barrier between them.
 *
 * <p>Members take the next piece of the {@link AttentionPlan} when they are done with one. A piece
 * is one tile and KV head, and one segment where tiles are split; then who ends the last segment of
 * a tile merges them, in their order.
 */
final class Attention {
  /** Floats that split tiles keep for merging, at most: 16 MB. */
  private static final int MOST_PARTIAL_FLOATS = 1 << 22;

  private final ModelConfig config;
  private final AttentionKernels kernels;
  private final FloatKernels floats;
  private final LayerRopes ropes;
  private final PositionBias bias;
  private final SlidingWindow window;
  private final Reach reach;
  private final AttentionPlan plan;
  private final AttentionScratch[] scratch;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicIntegerArray segmentsDone;
  private final int group;
  private final int rowLength;
  private final float scale;

  /** One over the root mean square of each column's queries, and of its keys. */
  private final float[] ofQueries;

  private final float[] ofKeys;
  private Columns columns;

  /** {@code [columns, heads, segments, rowLength]} of split tiles. */
  private float[] partial = {};

  Attention(
      ModelConfig config,
      Kernels kernels,
      LayerRopes ropes,
      PositionBias bias,
      Reach reach,
      int members,
      int mostColumns) {
    this.config = config;
    this.kernels = kernels.attention();
    this.floats = kernels.floats();
    this.ropes = ropes;
    this.bias = bias;
    this.reach = reach;
    window = reach == Reach.ENCODED ? SlidingWindow.NONE : config.traits().window();
    ofQueries = new float[mostColumns];
    ofKeys = new float[mostColumns];
    group = config.heads() / config.kvHeads();
    rowLength = AttentionScratch.rowLength(config.headDim());
    scale = config.traits().attentionScale();
    int mostRows = MOST_PARTIAL_FLOATS / (config.heads() * rowLength);
    plan = new AttentionPlan(reach, mostColumns, config.kvHeads(), group, members, mostRows);
    segmentsDone = new AtomicIntegerArray(mostColumns * config.kvHeads());
    scratch = new AttentionScratch[members];
    for (int i = 0; i < members; i++) {
      scratch[i] = new AttentionScratch(config.headDim(), plan.mostTileQueries());
    }
  }

  /** Prepares for these columns; called once, before the run. */
  void plan(Columns columns) {
    this.columns = columns;
    plan.make(columns);
    if (plan.isSplit()) {
      int needed = columns.count * config.heads() * plan.mostSegments() * rowLength;
      if (partial.length < needed) {
        partial = new float[Math.max(needed, Math.min(2 * needed, MOST_PARTIAL_FLOATS))];
      }
    }
  }

  /** The share of a member of what norms over all heads need to know of each column. */
  void measureProjections(int member, int size) {
    int end = ThreadTeam.share(columns.count, member + 1, size);
    for (int c = ThreadTeam.share(columns.count, member, size); c < end; c++) {
      ofQueries[c] = inverseRms(columns.query, c * columns.queryStride, config.queryDim());
      ofKeys[c] = inverseRms(columns.key, c * columns.kvStride, config.kvDim());
    }
  }

  private float inverseRms(float[] x, int offset, int n) {
    return floats.inverseRms(x, offset, n, config.normEpsilon());
  }

  /**
   * Adds the biases to queries, keys and values, norms and rotates queries and keys, and stores
   * keys and values.
   */
  void store(LayerWeights weights, int layer, int member, int size) {
    restart(member);
    int units = plan.tiles() * config.kvHeads();
    int end = ThreadTeam.share(units, member + 1, size);
    for (int unit = ThreadTeam.share(units, member, size); unit < end; unit++) {
      int tile = unit / config.kvHeads();
      int kvHead = unit % config.kvHeads();
      for (int c = plan.firstColumn(tile); c < plan.endColumn(tile); c++) {
        storeColumn(weights, layer, c, kvHead);
      }
    }
  }

  private void storeColumn(LayerWeights weights, int layer, int column, int kvHead) {
    int headDim = config.headDim();
    int ofKv = kvHead * headDim;
    int ofQuery = ofKv * group;
    int query = column * columns.queryStride + ofQuery;
    int kv = column * columns.kvStride + ofKv;
    addBias(columns.query, query, weights.queryBias(), ofQuery, group * headDim);
    addBias(columns.key, kv, weights.keyBias(), ofKv, headDim);
    addBias(columns.value, kv, weights.valueBias(), ofKv, headDim);
    switch (config.traits().queryNorm()) {
      case NONE -> {}
      case HEAD -> {
        normHeads(columns.query, query, group, weights.queryNorm());
        normHeads(columns.key, kv, 1, weights.keyNorm());
      }
      case PROJECTION -> {
        float[] q = columns.query;
        float[] k = columns.key;
        int queries = group * headDim;
        floats.scale(q, query, ofQueries[column], weights.queryNorm(), ofQuery, q, query, queries);
        floats.scale(k, kv, ofKeys[column], weights.keyNorm(), ofKv, k, kv, headDim);
      }
    }
    int position = columns.positions[column];
    if (config.traits().rotates(layer)) {
      Rope rope = ropes.of(layer);
      rope.rotate(columns.query, query, group, headDim, position);
      rope.rotate(columns.key, kv, 1, headDim, position);
    }
    KvCache cache = columns.caches[column];
    kernels.store(
        cache.layout(),
        cache.page(layer, position / KvLayout.POSITIONS),
        cache.block(layer, kvHead),
        position % KvLayout.POSITIONS,
        columns.key,
        kv,
        columns.value,
        kv);
  }

  private void normHeads(float[] x, int offset, int heads, float[] weight) {
    int headDim = config.headDim();
    for (int at = offset; at < offset + heads * headDim; at += headDim) {
      floats.scale(x, at, inverseRms(x, at, headDim), weight, 0, x, at, headDim);
    }
  }

  private static void addBias(float[] x, int offset, float[] bias, int biasOffset, int n) {
    if (bias.length > 0) {
      for (int i = 0; i < n; i++) {
        x[offset + i] += bias[biasOffset + i];
      }
    }
  }

  /** Where a column finds keys and values. */
  private KvCache source(int column) {
    KvCache own = columns.caches[column];
    return reach == Reach.ENCODED ? own.encoded() : own;
  }

  /**
   * Makes the pieces of a layer that there is nothing to store of; the members may take them after
   * the next barrier.
   */
  void restart(int member) {
    if (member == 0) {
      next.set(0);
    }
  }

  /** Takes pieces until none are left; the results are {@link Columns#attended}. */
  void attend(float[] sinks, int layer, int member) {
    int pieces = plan.pieces() * config.kvHeads();
    for (int i = next.getAndIncrement(); i < pieces; i = next.getAndIncrement()) {
      int kvHead = i % config.kvHeads();
      attend(sinks, layer, i / config.kvHeads(), kvHead, scratch[member]);
    }
  }

  private void attend(float[] sinks, int layer, int piece, int kvHead, AttentionScratch scratch) {
    int tile = plan.pieceTile(piece);
    int first = plan.firstColumn(tile);
    int queries = (plan.endColumn(tile) - first) * group;
    int dims = scratch.dims;
    for (int i = 0; i < queries; i++) {
      scratch.takeQuery(i, columns.query, query(first, kvHead, i), scale);
    }
    int firstVisible = firstVisible(layer, columns.positions[first]) / SEGMENT;
    int firstSegment = Math.max(plan.firstSegment(piece), firstVisible);
    int endSegment = plan.endSegment(piece);
    for (int segment = firstSegment; segment < endSegment; segment++) {
      attend(layer, tile, queries, kvHead, segment, scratch);
      for (int i = 0; i < queries; i++) {
        float max = scratch.maxima[i];
        float total = scratch.totals[i];
        if (plan.isSplit()) {
          int row = partialRow(first, kvHead, i, segment);
          SoftmaxSums.put(partial, row, scratch.sums, i * dims, dims, max, total);
        } else if (segment == firstSegment) {
          SoftmaxSums.put(scratch.rows, i * rowLength, scratch.sums, i * dims, dims, max, total);
        } else {
          SoftmaxSums.add(scratch.rows, i * rowLength, scratch.sums, i * dims, dims, max, total);
        }
      }
    }
    if (!plan.isSplit()) {
      for (int i = 0; i < queries; i++) {
        finish(sinks, scratch.rows, i * rowLength, dims, first, kvHead, i);
      }
      return;
    }
    int segments = plan.segments(tile);
    int counter = tile * config.kvHeads() + kvHead;
    if (segmentsDone.incrementAndGet(counter) == segments) {
      segmentsDone.set(counter, 0);
      for (int i = 0; i < queries; i++) {
        merge(sinks, first, kvHead, i, firstVisible, segments, dims);
      }
    }
  }

  /** The queries of a tile over the positions of one segment. */
  private void attend(
      int layer, int tile, int queries, int kvHead, int segment, AttentionScratch scratch) {
    int column = plan.firstColumn(tile);
    int end = plan.end(tile);
    int start = segment * SEGMENT;
    if (endVisible(layer, columns.positions[plan.endColumn(tile) - 1], end) <= start) {
      Arrays.fill(scratch.maxima, 0, queries, Float.NEGATIVE_INFINITY);
      Arrays.fill(scratch.totals, 0, queries, 0);
      Arrays.fill(scratch.sums, 0, queries * scratch.dims, 0);
      return;
    }
    KvCache cache = source(column);
    KvLayout layout = cache.layout();
    long block = cache.block(layer, kvHead);
    int firstPage = segment * (SEGMENT / KvLayout.POSITIONS);
    int pages = Math.min(SEGMENT / KvLayout.POSITIONS, KvCache.pagesFor(end) - firstPage);
    int firstVisible = firstVisible(layer, columns.positions[column]) / KvLayout.POSITIONS;
    int visiblePage =
        Math.max(0, firstVisible - firstPage); // those before may have been given back
    for (int page = visiblePage; page < pages; page++) {
      kernels.scores(
          layout,
          cache.page(layer, firstPage + page),
          block,
          scratch.queries,
          queries,
          scratch.scores,
          page * KvLayout.POSITIONS,
          SEGMENT,
          scratch.unpacked);
    }
    int positions = pages * KvLayout.POSITIONS;
    float cap = config.traits().attentionSoftcap();
    for (int i = 0; i < queries; i++) {
      int scores = i * SEGMENT;
      int position = columns.positions[column + i / group];
      int visible = Math.min(positions, endVisible(layer, position, end) - start);
      int hidden = Math.max(0, firstVisible(layer, position) - start);
      if (hidden >= visible) {
        Arrays.fill(scratch.scores, scores, scores + positions, 0);
        scratch.maxima[i] = Float.NEGATIVE_INFINITY;
        scratch.totals[i] = 0;
        continue;
      }
      if (cap > 0) {
        floats.softcap(scratch.scores, scores, positions, cap);
      }
      bias.add(
          layer, kvHead * group + i % group, position, start, scratch.scores, scores, positions);
      Arrays.fill(scratch.scores, scores, scores + hidden, Float.NEGATIVE_INFINITY);
      Arrays.fill(scratch.scores, scores + visible, scores + positions, Float.NEGATIVE_INFINITY);
      float max = kernels.max(scratch.scores, scores, positions);
      scratch.maxima[i] = max;
      scratch.totals[i] =
          kernels.exponentials(scratch.scores, scores, positions, max, scratch.lanes);
    }
    Arrays.fill(scratch.sums, 0, queries * scratch.dims, 0);
    for (int page = visiblePage; page < pages; page++) {
      kernels.addValues(
          layout,
          cache.page(layer, firstPage + page),
          block,
          scratch.scores,
          page * KvLayout.POSITIONS,
          SEGMENT,
          queries,
          scratch.sums,
          scratch.unpacked);
    }
  }

  /** The first position that one attends to. */
  private int firstVisible(int layer, int position) {
    if (!window.covers(layer)) {
      return 0;
    }
    int before = reach == Reach.CAUSAL ? window.positions() - 1 : window.positions() / 2;
    return Math.max(0, position - before);
  }

  /** Past the last position that one attends to, of {@code end} that there are. */
  private int endVisible(int layer, int position, int end) {
    if (reach == Reach.CAUSAL) {
      return position + 1;
    }
    return window.covers(layer) ? Math.min(end, position + window.positions() / 2 + 1) : end;
  }

  private void merge(
      float[] sinks, int column, int kvHead, int i, int firstSegment, int segments, int dims) {
    int into = partialRow(column, kvHead, i, firstSegment);
    for (int segment = firstSegment + 1; segment < segments; segment++) {
      int row = partialRow(column, kvHead, i, segment);
      SoftmaxSums.add(
          partial, into, partial, row, dims, partial[row + dims], partial[row + dims + 1]);
    }
    finish(sinks, partial, into, dims, column, kvHead, i);
  }

  private void finish(
      float[] sinks, float[] rows, int at, int dims, int column, int kvHead, int i) {
    if (sinks.length > 0) {
      SoftmaxSums.addSink(rows, at, dims, sinks[kvHead * group + i % group]);
    }
    int out =
        (column + i / group) * columns.attended.stride()
            + (kvHead * group + i % group) * config.headDim();
    SoftmaxSums.divide(rows, at, dims, columns.attended.floats(), out, config.headDim());
  }

  /** Where the i-th query of a tile is: the heads of its first column, then those of the next. */
  private int query(int firstColumn, int kvHead, int i) {
    return (firstColumn + i / group) * columns.queryStride
        + (kvHead * group + i % group) * config.headDim();
  }

  private int partialRow(int firstColumn, int kvHead, int i, int segment) {
    int head = (firstColumn + i / group) * config.heads() + kvHead * group + i % group;
    return (head * plan.mostSegments() + segment) * rowLength;
  }
}
