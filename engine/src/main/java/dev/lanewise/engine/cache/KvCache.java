package dev.lanewise.engine.cache;

import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.ModelConfig;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of one sequence, for all layers, in blocks of a {@link KvPool}: growing
 * copies nothing.
 */
public final class KvCache implements AutoCloseable {
  private static final int POSITIONS = KvLayout.POSITIONS;

  private final KvPool pool;
  private final boolean ownsPool;
  private final int capacity;
  private final List<KvBlock> blocks = new ArrayList<>();
  private int length;
  private int keptBlocks;

  /** An empty cache for up to {@code capacity} positions, with blocks of {@code pool}. */
  public KvCache(KvPool pool, int capacity) {
    this(pool, false, capacity);
  }

  private KvCache(KvPool pool, boolean ownsPool, int capacity) {
    this.pool = pool;
    this.ownsPool = ownsPool;
    this.capacity = capacity;
  }

  /** An empty cache for up to {@code capacity} positions, with a pool of its own. */
  public static KvCache alone(ModelConfig config, KvFormat format, int capacity) {
    KvPool pool = new KvPool(config, format, KvPool.blocksFor(capacity));
    return new KvCache(pool, true, capacity);
  }

  /** How keys and values lie in a block. */
  public KvLayout layout() {
    return pool.layout();
  }

  /** Positions this cache can hold. */
  public int capacity() {
    return capacity;
  }

  /** Positions filled. */
  public int length() {
    return length;
  }

  /**
   * Forgets all positions from {@code length} on.
   *
   * @throws IllegalArgumentException if there are not as many, or others may hold a block that
   *     would be written to again
   */
  public void truncate(int length) {
    if (length < 0 || length > this.length) {
      throw new IllegalArgumentException("cannot truncate " + this.length + " to " + length);
    }
    if (length % POSITIONS != 0 && length / POSITIONS < keptBlocks) {
      throw new IllegalArgumentException(
          "cannot truncate to " + length + " within a block that is kept");
    }
    this.length = length;
    release(KvPool.blocksFor(length));
  }

  private void release(int from) {
    // The last first: of a prefix that is kept, the end has to go before the start.
    while (blocks.size() > from) {
      pool.release(blocks.removeLast());
    }
    keptBlocks = Math.min(keptBlocks, from);
  }

  /** Adds {@code count} positions after their keys and values were stored. */
  public void advance(int count) {
    length += count;
  }

  /**
   * Makes room for {@code positions} positions; existing ones are kept.
   *
   * @throws IllegalArgumentException if they are more than the capacity
   * @throws IllegalStateException if the pool has no block left
   */
  public void reserve(int positions) {
    if (positions > capacity) {
      throw new IllegalArgumentException(positions + " positions; the cache holds " + capacity);
    }
    int needed = KvPool.blocksFor(positions);
    while (blocks.size() < needed) {
      blocks.add(pool.take());
    }
  }

  /** Blocks that {@link #reserve} would take. */
  public int missingBlocks(int positions) {
    return Math.max(0, KvPool.blocksFor(positions) - blocks.size());
  }

  /**
   * Goes on with a block that is kept under {@code key}, as if its positions had been computed.
   *
   * @return whether there is one
   * @throws IllegalStateException if the positions so far do not fill their blocks
   */
  public boolean shareNext(PrefixKey key) {
    if (length != POSITIONS * blocks.size()) {
      throw new IllegalStateException(length + " positions do not fill " + blocks.size());
    }
    KvBlock block = pool.find(key);
    if (block == null) {
      return false;
    }
    blocks.add(block);
    length += POSITIONS;
    keptBlocks = blocks.size();
    return true;
  }

  /** Full blocks that others can find, or could if they had not one with the same tokens. */
  public int keptBlocks() {
    return keptBlocks;
  }

  /**
   * Lets others find the first full block that they cannot find yet.
   *
   * @param key of all tokens up to the end of the block
   */
  public void keepNext(PrefixKey key) {
    if (POSITIONS * (keptBlocks + 1) > length) {
      throw new IllegalStateException("block " + keptBlocks + " is not full");
    }
    pool.keep(blocks.get(keptBlocks), key);
    keptBlocks++;
  }

  /** The block that holds positions from {@code index} times {@link KvLayout#POSITIONS} on. */
  public MemorySegment page(int index) {
    return blocks.get(index).memory;
  }

  /** Byte offset of the part of a layer and KV head in each block. */
  public long block(int layer, int kvHead) {
    return pool.offset(layer, kvHead);
  }

  /** Gives all blocks back. */
  @Override
  public void close() {
    length = 0;
    release(0);
    if (ownsPool) {
      pool.close();
    }
  }
}
