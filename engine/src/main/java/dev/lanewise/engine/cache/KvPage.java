package dev.lanewise.engine.cache;

import java.lang.foreign.MemorySegment;

/**
 * The keys and values of some positions in a row, for the layers of one group, and who uses them.
 */
final class KvPage {
  /** The number of the group in the {@link KvShape}. */
  final int group;

  final MemorySegment[] blocks;

  /** Sequences that hold it. */
  int references = 1;

  /** What it can be found by; null if it cannot. */
  PrefixKey key;

  KvPage(int group, MemorySegment[] blocks) {
    this.group = group;
    this.blocks = blocks;
  }
}
