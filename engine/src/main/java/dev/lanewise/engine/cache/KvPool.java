package dev.lanewise.engine.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Blocks of equal size, which sequences take and give back by pages, see {@link KvShape}. A page
 * that is full may be kept under the key of all tokens up to its end: sequences that start with the
 * same tokens hold it together, and nobody computes it again. Pages that nobody holds stay until
 * their memory is wanted, and the one that was given back first goes first.
 *
 * <p>Memory is off the heap, taken a few blocks at a time and then kept: a pool costs nothing
 * before it is used. For one thread at a time.
 */
public final class KvPool implements AutoCloseable {
  /** Blocks that are allocated together. */
  private static final int BLOCKS_AT_ONCE = 8;

  private final KvShape shape;
  private final int capacity;
  private final Arena arena = Arena.ofShared();
  private final Deque<MemorySegment> fresh = new ArrayDeque<>();
  private final Deque<MemorySegment> spent = new ArrayDeque<>();

  /** Of each group of layers. */
  private final List<Map<PrefixKey, KvPage>> kept = new ArrayList<>();

  /** Kept pages that nobody holds, the one that was given back first at the front. */
  private final LinkedHashSet<KvPage> idle = new LinkedHashSet<>();

  private int allocated;
  private int used;
  private int idleBlocks;

  /** A pool of up to {@code capacity} blocks. */
  public KvPool(KvShape shape, int capacity) {
    this.shape = shape;
    this.capacity = capacity;
    for (int group = 0; group < shape.groups().size(); group++) {
      kept.add(new HashMap<>());
    }
  }

  /** How keys and values are divided into blocks. */
  public KvShape shape() {
    return shape;
  }

  /** Blocks there are. */
  public int capacity() {
    return capacity;
  }

  /** Blocks that sequences hold. */
  public int used() {
    return used;
  }

  /** Blocks that can be taken; those of kept pages that nobody holds among them. */
  public int free() {
    return capacity - used;
  }

  /** Blocks of pages that nobody holds and that can still be found. */
  public int idle() {
    return idleBlocks;
  }

  /**
   * Takes a page of a group. It is all zeros, so that nothing that was in it before can reach a
   * result: positions that do not count are multiplied by zero, but zero times infinity is not
   * zero.
   *
   * @throws IllegalStateException if sequences hold too many blocks
   */
  KvPage take(int group) {
    int count = shape.groups().get(group).blocks();
    if (count > free()) {
      throw new IllegalStateException("sequences hold %d of %d blocks".formatted(used, capacity));
    }
    MemorySegment[] blocks = new MemorySegment[count];
    for (int i = 0; i < count; i++) {
      blocks[i] = takeBlock();
    }
    used += count;
    return new KvPage(group, blocks);
  }

  private MemorySegment takeBlock() {
    if (fresh.isEmpty() && spent.isEmpty() && allocated < capacity) {
      allocate(Math.min(BLOCKS_AT_ONCE, capacity - allocated));
    }
    MemorySegment block = fresh.poll();
    if (block == null) {
      if (spent.isEmpty()) {
        evict();
      }
      block = spent.pop();
      block.fill((byte) 0);
    }
    return block;
  }

  private void evict() {
    Iterator<KvPage> oldest = idle.iterator();
    KvPage page = oldest.next();
    oldest.remove();
    idleBlocks -= page.blocks.length;
    kept.get(page.group).remove(page.key);
    spend(page);
  }

  private void spend(KvPage page) {
    for (MemorySegment block : page.blocks) {
      spent.push(block);
    }
  }

  private void allocate(int count) {
    long bytes = shape.blockBytes();
    MemorySegment memory = arena.allocate(Math.multiplyExact(bytes, (long) count), 64);
    for (int i = 0; i < count; i++) {
      fresh.add(memory.asSlice(i * bytes, bytes));
    }
    allocated += count;
  }

  /** Whether a page of a group is kept under {@code key}. */
  boolean isKept(int group, PrefixKey key) {
    return kept.get(group).containsKey(key);
  }

  /** Takes the page of a group that is kept under {@code key}. */
  KvPage find(int group, PrefixKey key) {
    KvPage page = kept.get(group).get(key);
    if (page.references++ == 0) {
      idle.remove(page);
      idleBlocks -= page.blocks.length;
      used += page.blocks.length;
    }
    return page;
  }

  /** Lets others find a full page. Nothing changes if there is one with these tokens already. */
  void keep(KvPage page, PrefixKey key) {
    if (page.key == null && kept.get(page.group).putIfAbsent(key, page) == null) {
      page.key = key;
    }
  }

  /** Gives a page back. */
  void release(KvPage page) {
    if (--page.references > 0) {
      return;
    }
    used -= page.blocks.length;
    if (page.key == null) {
      spend(page);
    } else {
      idle.add(page);
      idleBlocks += page.blocks.length;
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
