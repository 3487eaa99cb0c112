package dev.lanewise.model.tokenizer;

import java.util.Arrays;

/**
 * The merges of a BPE vocabulary: pair of token ids to rank and merged id, in an open-addressing
 * table.
 */
final class MergeTable {
  private static final long EMPTY = -1;

  private final long[] pairs;
  private final long[] merges;
  private final int mask;

  /** An empty table with room for a number of merges. */
  MergeTable(int expected) {
    int capacity = Integer.highestOneBit(Math.max(8, expected)) << 2;
    pairs = new long[capacity];
    merges = new long[capacity];
    mask = capacity - 1;
    Arrays.fill(pairs, EMPTY);
  }

  /** Adds a merge; of several for the same pair the first one stays. */
  void add(int left, int right, int rank, int merged) {
    int slot = slotOf(left, right);
    if (pairs[slot] == EMPTY) {
      pairs[slot] = pair(left, right);
      merges[slot] = PairRule.of(rank, merged);
    }
  }

  /** The merge of two tokens, see {@link PairRule#of}; {@link PairRule#NONE} if there is none. */
  long find(int left, int right) {
    int slot = slotOf(left, right);
    return pairs[slot] == EMPTY ? PairRule.NONE : merges[slot];
  }

  private int slotOf(int left, int right) {
    long pair = pair(left, right);
    // Fibonacci hashing: the high half of the product depends on every bit of both ids.
    int slot = (int) ((pair * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (pairs[slot] != pair && pairs[slot] != EMPTY) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long pair(int left, int right) {
    return (long) left << 32 | right;
  }
}
