package dev.lanewise.engine.cache;

import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.ModelConfig;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;

/**
 * The keys and values of one sequence, for all layers, in pages of a {@link KvPool}: growing copies
 * nothing. Layers with a window keep all positions too, until {@link #releaseUnneeded}.
 */
public final class KvCache implements AutoCloseable {
  /** Most positions that are added together, of a model that generates. */
  public static final int CHUNK = 256;

  private static final int POSITIONS = KvLayout.POSITIONS;

  private final KvPool pool;
  private final KvShape shape;
  private final boolean ownsPool;
  private final int capacity;

  /** Of each group of layers. */
  private final HeldPages[] held;

  private final KvCache encoded;
  private int length;
  private int keptPages;

  /** An empty cache for up to {@code capacity} positions, with blocks of {@code pool}. */
  public KvCache(KvPool pool, int capacity) {
    this(pool, false, capacity);
  }

  private KvCache(KvPool pool, boolean ownsPool, int capacity) {
    this(
        pool,
        ownsPool,
        capacity,
        pool.shape().hasEncoder() ? new KvCache(pool, false, capacity, null) : null);
  }

  private KvCache(KvPool pool, boolean ownsPool, int capacity, KvCache encoded) {
    this.pool = pool;
    this.ownsPool = ownsPool;
    this.capacity = capacity;
    shape = pool.shape();
    held = new HeldPages[shape.groups().size()];
    for (int group = 0; group < held.length; group++) {
      held[group] = new HeldPages(pool, group);
    }
    this.encoded = encoded;
  }

  /**
   * An empty cache for up to {@code capacity} positions, with a pool of its own. It keeps all
   * positions in all layers, so that it can be truncated anywhere.
   */
  public static KvCache alone(ModelConfig config, KvFormat format, int capacity) {
    KvShape shape = KvShape.whole(config, format);
    return new KvCache(new KvPool(shape, shape.blocksOfSequence(capacity)), true, capacity);
  }

  /** Pages of a group of layers that hold {@code positions} positions. */
  public static int pagesFor(int positions) {
    return (positions + POSITIONS - 1) / POSITIONS;
  }

  /**
   * What the decoder of an encoder-decoder attends to beside its own positions: keys and values of
   * the text that the encoder has read. Null for other models.
   */
  public KvCache encoded() {
    return encoded;
  }

  /** How keys and values lie in the part of a layer and KV head. */
  public KvLayout layout() {
    return shape.layout();
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
   * @throws IllegalArgumentException if there are not as many, or others may hold a page that would
   *     be written to again, or a page that the next position attends to was given back
   */
  public void truncate(int length) {
    if (length < 0 || length > this.length) {
      throw new IllegalArgumentException("cannot truncate " + this.length + " to " + length);
    }
    if (length % POSITIONS != 0 && length / POSITIONS < keptPages) {
      throw new IllegalArgumentException(
          "cannot truncate to " + length + " within a page that is kept");
    }
    for (HeldPages pages : held) {
      if (!pages.reachBack(length)) {
        throw new IllegalArgumentException(
            "cannot truncate to " + length + ": its window was given back");
      }
    }
    this.length = length;
    release(pagesFor(length));
  }

  private void release(int from) {
    int end = from;
    for (HeldPages pages : held) {
      end = Math.max(end, pages.end());
    }
    // The last first: of a prefix that is kept, the end has to go before the start.
    for (int page = end - 1; page >= from; page--) {
      for (HeldPages pages : held) {
        pages.release(page);
      }
    }
    keptPages = Math.min(keptPages, from);
  }

  /** Adds {@code count} positions after their keys and values were stored. */
  public void advance(int count) {
    length += count;
  }

  /**
   * Makes room for {@code positions} positions; existing ones are kept. Layers with a window get
   * room for the next {@link #CHUNK} positions at least, if there are as many.
   *
   * @throws IllegalArgumentException if they are more than the capacity
   * @throws IllegalStateException if the pool has not enough blocks left
   */
  public void reserve(int positions) {
    if (positions > capacity) {
      throw new IllegalArgumentException(positions + " positions; the cache holds " + capacity);
    }
    for (HeldPages pages : held) {
      pages.reserve(length, positions);
    }
  }

  /** Blocks that {@link #reserve} would take. */
  public int missingBlocks(int positions) {
    int blocks = 0;
    for (HeldPages pages : held) {
      blocks += pages.missingBlocks(length, positions);
    }
    return blocks;
  }

  /**
   * Begins with the longest known beginning, as if its positions had been computed: all its pages
   * are kept that the position after it attends to.
   *
   * @param keys of all tokens up to the end of each page
   * @param most pages of it
   * @throws IllegalStateException if the cache is not empty
   */
  public void share(IntFunction<PrefixKey> keys, int most) {
    if (length > 0) {
      throw new IllegalStateException("there are " + length + " positions already");
    }
    int shared = shareable(keys, most);
    for (HeldPages pages : held) {
      pages.share(keys, shared);
    }
    length = POSITIONS * shared;
    keptPages = shared;
  }

  private int shareable(IntFunction<PrefixKey> keys, int most) {
    int[] from = new int[held.length]; // which all pages are kept since
    int shared = 0;
    for (int page = 0; page < most; page++) {
      PrefixKey key = keys.apply(page);
      boolean reachBack = true;
      for (int group = 0; group < held.length; group++) {
        if (!pool.isKept(group, key)) {
          from[group] = page + 1;
        }
        if (from[group] > held[group].firstNeeded(most)) {
          return shared; // more pages would need this one too
        }
        reachBack &= from[group] <= held[group].firstNeeded(page + 1);
      }
      shared = reachBack ? page + 1 : shared;
    }
    return shared;
  }

  /** Full pages that others can find, or could if they had not one with the same tokens. */
  public int keptPages() {
    return keptPages;
  }

  /**
   * Lets others find the first full page of each group that they cannot find yet.
   *
   * @param key of all tokens up to the end of the page
   */
  public void keepNext(PrefixKey key) {
    if (POSITIONS * (keptPages + 1) > length) {
      throw new IllegalStateException("page " + keptPages + " is not full");
    }
    for (HeldPages pages : held) {
      pages.keep(keptPages, key);
    }
    keptPages++;
  }

  /** Whether it holds pages that no position to come attends to. */
  public boolean holdsUnneeded() {
    for (HeldPages pages : held) {
      if (pages.holdsUnneeded(length)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Gives back the pages that no position to come attends to. There is no {@link #truncate} to
   * where they are needed any more.
   */
  public void releaseUnneeded() {
    for (HeldPages pages : held) {
      pages.releaseUnneeded(length);
    }
  }

  /**
   * The block that holds positions from {@code index} times {@link KvLayout#POSITIONS} on, of a
   * layer and some others.
   */
  public MemorySegment page(int layer, int index) {
    return held[shape.group(layer)].get(index).blocks[shape.block(layer)];
  }

  /** Byte offset of the part of a layer and KV head in each of its blocks. */
  public long block(int layer, int kvHead) {
    return shape.offset(layer, kvHead);
  }

  /** Gives all blocks back, those of the encoder's text too. */
  @Override
  public void close() {
    length = 0;
    release(0);
    if (encoded != null) {
      encoded.close();
    }
    if (ownsPool) {
      pool.close();
    }
  }
}
