package dev.lanewise.engine.cache;

import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * Blocks of {@link KvLayout#POSITIONS} positions, which sequences take and give back. A block that
 * is full may be kept under the key of all tokens up to its end: sequences that start with the same
 * tokens hold it together, and nobody computes it again. Blocks that nobody holds stay until their
 * memory is wanted, and the one that was given back first goes first.
 *
 * <p>Memory is off the heap, taken a few blocks at a time and then kept: a pool costs nothing
 * before it is used. For one thread at a time.
 */
public final class KvPool implements AutoCloseable {
  /** Blocks that are allocated together. */
  private static final int BLOCKS_AT_ONCE = 8;

  private final ModelConfig config;
  private final KvLayout layout;
  private final int capacity;
  private final Arena arena = Arena.ofShared();
  private final Deque<KvBlock> fresh = new ArrayDeque<>();
  private final Deque<KvBlock> spent = new ArrayDeque<>();
  private final Map<PrefixKey, KvBlock> kept = new HashMap<>();

  /** Kept blocks that nobody holds, the one that was given back first at the front. */
  private final LinkedHashSet<KvBlock> idle = new LinkedHashSet<>();

  private int allocated;
  private int used;

  /** A pool of up to {@code capacity} blocks. */
  public KvPool(ModelConfig config, KvFormat format, int capacity) {
    this.config = config;
    this.layout = new KvLayout(format, config.headDim());
    this.capacity = capacity;
  }

  /** Bytes of one block. */
  public static long blockBytes(ModelConfig config, KvFormat format) {
    long ofHead = new KvLayout(format, config.headDim()).blockBytes();
    return Math.multiplyExact(ofHead, (long) config.layers() * config.kvHeads());
  }

  /** Blocks that hold {@code positions} positions. */
  public static int blocksFor(int positions) {
    return (positions + KvLayout.POSITIONS - 1) / KvLayout.POSITIONS;
  }

  /** How keys and values lie in a block. */
  KvLayout layout() {
    return layout;
  }

  /** Byte offset of the part of a layer and KV head in each block. */
  long offset(int layer, int kvHead) {
    return ((long) layer * config.kvHeads() + kvHead) * layout.blockBytes();
  }

  /** Blocks there are. */
  public int capacity() {
    return capacity;
  }

  /** Blocks that sequences hold. */
  public int used() {
    return used;
  }

  /** Blocks that can be taken; kept ones that nobody holds among them. */
  public int free() {
    return capacity - used;
  }

  /** Blocks that nobody holds and that can still be found. */
  public int idle() {
    return idle.size();
  }

  /**
   * Takes a block. It is all zeros, so that nothing that was in it before can reach a result:
   * positions that do not count are multiplied by zero, but zero times infinity is not zero.
   *
   * @throws IllegalStateException if sequences hold all blocks
   */
  KvBlock take() {
    KvBlock block = fresh.poll();
    if (block == null && allocated < capacity && spent.isEmpty()) {
      allocate(Math.min(BLOCKS_AT_ONCE, capacity - allocated));
      block = fresh.poll();
    }
    if (block == null) {
      block = spent.isEmpty() ? evict() : spent.poll();
      block.memory.fill((byte) 0);
    }
    block.references = 1;
    used++;
    return block;
  }

  private KvBlock evict() {
    Iterator<KvBlock> oldest = idle.iterator();
    if (!oldest.hasNext()) {
      throw new IllegalStateException("sequences hold all " + capacity + " blocks");
    }
    KvBlock block = oldest.next();
    oldest.remove();
    kept.remove(block.key);
    block.key = null;
    return block;
  }

  private void allocate(int count) {
    long bytes = blockBytes(config, layout.format());
    MemorySegment memory = arena.allocate(Math.multiplyExact(bytes, (long) count), 64);
    for (int i = 0; i < count; i++) {
      fresh.add(new KvBlock(memory.asSlice(i * bytes, bytes)));
    }
    allocated += count;
  }

  /** Takes the block that is kept under {@code key}; null if there is none. */
  KvBlock find(PrefixKey key) {
    KvBlock block = kept.get(key);
    if (block != null && block.references++ == 0) {
      idle.remove(block);
      used++;
    }
    return block;
  }

  /** Lets others find a full block. Nothing changes if there is one with these tokens already. */
  void keep(KvBlock block, PrefixKey key) {
    if (block.key == null && kept.putIfAbsent(key, block) == null) {
      block.key = key;
    }
  }

  /** Gives a block back. */
  void release(KvBlock block) {
    if (--block.references > 0) {
      return;
    }
    used--;
    if (block.key == null) {
      spent.push(block);
    } else {
      idle.add(block);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
