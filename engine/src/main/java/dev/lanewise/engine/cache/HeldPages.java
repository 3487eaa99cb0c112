package dev.lanewise.engine.cache;

import dev.lanewise.math.kernel.KvLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The pages of one group of layers that a sequence holds. */
final class HeldPages {
  private final KvPool pool;
  private final int number;
  private final LayerGroup group;

  /** By their positions; null before {@link #first}. */
  private final List<KvPage> pages = new ArrayList<>();

  private int first;

  /** None yet of the group with this number. */
  HeldPages(KvPool pool, int number) {
    this.pool = pool;
    this.number = number;
    group = pool.shape().groups().get(number);
  }

  KvPage get(int index) {
    return pages.get(index);
  }

  /** Past the last one. */
  int end() {
    return pages.size();
  }

  /** Blocks that {@link #reserve} would take. */
  int missingBlocks(int length, int positions) {
    return group.blocks() * Math.max(0, group.endPage(length, positions) - pages.size());
  }

  /**
   * Takes those that a sequence of {@code length} positions needs to go on to {@code positions}.
   */
  void reserve(int length, int positions) {
    int end = group.endPage(length, positions);
    while (pages.size() < end) {
      pages.add(pool.take(number));
    }
  }

  /** The first of {@code count} pages that what follows them attends to. */
  int firstNeeded(int count) {
    return group.firstPage(count * KvLayout.POSITIONS);
  }

  /** Takes those of the first {@code count} pages that what follows attends to; all are kept. */
  void share(IntFunction<PrefixKey> keys, int count) {
    first = firstNeeded(count);
    for (int page = 0; page < count; page++) {
      pages.add(page < first ? null : pool.find(number, keys.apply(page)));
    }
  }

  /** Lets others find a page, if it is still held. */
  void keep(int page, PrefixKey key) {
    if (page >= first) {
      pool.keep(pages.get(page), key);
    }
  }

  /** Whether there are any that no position from {@code length} on attends to. */
  boolean holdsUnneeded(int length) {
    return first < Math.min(group.firstPage(length), pages.size());
  }

  /** Gives back those that no position from {@code length} on attends to. */
  void releaseUnneeded(int length) {
    for (; holdsUnneeded(length); first++) {
      pool.release(pages.set(first, null));
    }
  }

  /** Whether none is missing that positions from {@code length} on attend to. */
  boolean reachBack(int length) {
    return Math.min(first, KvCache.pagesFor(length)) <= group.firstPage(length);
  }

  /** Gives back those from {@code page} on. */
  void release(int page) {
    while (pages.size() > page) {
      KvPage last = pages.removeLast();
      if (last != null) {
        pool.release(last);
      }
    }
    first = Math.min(first, pages.size());
  }
}
