package dev.lanewise.engine.cache;

import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The keys and values of one sequence, for all layers. Memory is off the heap and is taken a few
 * pages at a time: a long context costs nothing before it is used, and growing copies nothing.
 *
 * <p>A page holds {@link KvLayout#POSITIONS} positions: one block for each layer and KV head.
 */
public final class KvCache implements AutoCloseable {
  /** Pages that are allocated together. */
  private static final int PAGES_AT_ONCE = 8;

  private final ModelConfig config;
  private final KvLayout layout;
  private final int capacity;
  private final Arena arena = Arena.ofShared();
  private MemorySegment[] pages = {};
  private int used;
  private int length;

  /** An empty cache for up to {@code capacity} positions. */
  public KvCache(ModelConfig config, KvFormat format, int capacity) {
    this.config = config;
    this.layout = new KvLayout(format, config.headDim());
    this.capacity = capacity;
  }

  /** How keys and values lie in a block. */
  public KvLayout layout() {
    return layout;
  }

  /** Positions this cache can hold. */
  public int capacity() {
    return capacity;
  }

  /** Positions filled. */
  public int length() {
    return length;
  }

  /** Forgets all positions from {@code length} on. */
  public void truncate(int length) {
    if (length < 0 || length > this.length) {
      throw new IllegalArgumentException("cannot truncate " + this.length + " to " + length);
    }
    this.length = length;
  }

  /** Adds {@code count} positions after their keys and values were stored. */
  public void advance(int count) {
    length += count;
  }

  /**
   * Makes room for {@code positions} positions; existing ones are kept. Pages that are entered are
   * all zeros, so that nothing that was in them before can reach a result: positions that do not
   * count are multiplied by zero, but zero times infinity is not zero.
   *
   * @throws IllegalArgumentException if they are more than the capacity
   */
  public void reserve(int positions) {
    if (positions > capacity) {
      throw new IllegalArgumentException(positions + " positions; the cache holds " + capacity);
    }
    int needed = pagesFor(positions);
    while (pages.length < needed) {
      allocate(Math.min(PAGES_AT_ONCE, pagesFor(capacity) - pages.length));
    }
    for (int page = pagesFor(length); page < Math.min(needed, used); page++) {
      pages[page].fill((byte) 0);
    }
    used = Math.max(used, needed);
  }

  private static int pagesFor(int positions) {
    return (positions + KvLayout.POSITIONS - 1) / KvLayout.POSITIONS;
  }

  private void allocate(int count) {
    long pageBytes = layout.blockBytes() * config.layers() * config.kvHeads();
    MemorySegment fresh = arena.allocate(Math.multiplyExact(pageBytes, (long) count), 64);
    int first = pages.length;
    MemorySegment[] grown = Arrays.copyOf(pages, first + count);
    for (int i = 0; i < count; i++) {
      grown[first + i] = fresh.asSlice(i * pageBytes, pageBytes);
    }
    pages = grown;
  }

  /** The page that holds positions from {@code index} times {@link KvLayout#POSITIONS} on. */
  public MemorySegment page(int index) {
    return pages[index];
  }

  /** Byte offset of a block in each page. */
  public long block(int layer, int kvHead) {
    return ((long) layer * config.kvHeads() + kvHead) * layout.blockBytes();
  }

  @Override
  public void close() {
    arena.close();
  }
}
