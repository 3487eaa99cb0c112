package dev.lanewise.engine.cache;

import java.lang.foreign.MemorySegment;

/** The keys and values of some positions in a row, for all layers, and who uses them. */
final class KvBlock {
  final MemorySegment memory;

  /** Sequences that hold it. */
  int references;

  /** What it can be found by; null if it cannot. */
  PrefixKey key;

  KvBlock(MemorySegment memory) {
    this.memory = memory;
  }
}
