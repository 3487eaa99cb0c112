package dev.lanewise.engine.cache;

import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The keys and values of one sequence, for all layers. Memory is off the heap and grows in steps: a
 * long context costs nothing before it is used.
 *
 * <p>Each layer has one segment with a row for every position: its keys {@code [kvHeads, headDim]},
 * then its values.
 */
public final class KvCache implements AutoCloseable {
  private static final int FIRST_POSITIONS = 512;

  private final ModelConfig config;
  private final KvFormat format;
  private final int capacity;
  private final MemorySegment[] layers;
  private Arena arena = Arena.ofShared();
  private int allocated;
  private int length;

  /** An empty cache for up to {@code capacity} positions. */
  public KvCache(ModelConfig config, KvFormat format, int capacity) {
    this.config = config;
    this.format = format;
    this.capacity = capacity;
    layers = new MemorySegment[config.layers()];
  }

  /** How elements are stored. */
  public KvFormat format() {
    return format;
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
   * Makes room for {@code positions} positions; existing ones are kept.
   *
   * @throws IllegalArgumentException if they are more than the capacity
   */
  public void reserve(int positions) {
    if (positions > capacity) {
      throw new IllegalArgumentException(positions + " positions; the cache holds " + capacity);
    }
    if (positions <= allocated) {
      return;
    }
    int grown = Math.min(capacity, Math.max(positions, Math.max(FIRST_POSITIONS, 2 * allocated)));
    Arena larger = Arena.ofShared();
    MemorySegment all;
    try {
      all = larger.allocate(Math.multiplyExact(rowBytes() * grown, layers.length), 64);
    } catch (RuntimeException | OutOfMemoryError noMemory) {
      larger.close(); // the sequence keeps what it has
      throw noMemory;
    }
    for (int layer = 0; layer < layers.length; layer++) {
      MemorySegment segment = all.asSlice(layer * rowBytes() * grown, rowBytes() * grown);
      if (length > 0) {
        MemorySegment.copy(layers[layer], 0, segment, 0, rowBytes() * length);
      }
      layers[layer] = segment;
    }
    arena.close();
    arena = larger;
    allocated = grown;
  }

  /** The rows of a layer; valid until more room is reserved. */
  public MemorySegment layer(int layer) {
    return layers[layer];
  }

  /** Bytes from one position to the next. */
  public long rowBytes() {
    return 2L * config.kvDim() * format.bytes();
  }

  /** Byte offset of the key of a head at a position. */
  public long keyOffset(int kvHead, int position) {
    return position * rowBytes() + (long) kvHead * config.headDim() * format.bytes();
  }

  /** Byte offset of the value of a head at a position. */
  public long valueOffset(int kvHead, int position) {
    return keyOffset(kvHead, position) + (long) config.kvDim() * format.bytes();
  }

  @Override
  public void close() {
    arena.close();
  }
}
