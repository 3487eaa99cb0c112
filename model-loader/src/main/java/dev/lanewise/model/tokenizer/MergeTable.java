package dev.lanewise.model.tokenizer;

import dev.lanewise.model.gguf.Metadata;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.List;

/**
 * The merges of a BPE vocabulary: pair of token ids to rank and merged id, in an open-addressing
 * table.
 */
final class MergeTable {
  private static final System.Logger LOG = System.getLogger(MergeTable.class.getName());
  private static final String MERGES = "tokenizer.ggml.merges";
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

  /**
   * Reads the merge list. Merges of or into anything but plain tokens of the vocabulary are skipped
   * with a warning.
   */
  static MergeTable read(Vocabulary vocabulary, Metadata metadata) {
    List<String> lines = metadata.strings(MERGES);
    MergeTable merges = new MergeTable(lines.size());
    int skipped = 0;
    for (int rank = 0; rank < lines.size(); rank++) {
      skipped += merges.addLine(vocabulary, lines.get(rank), rank) ? 0 : 1;
    }
    if (skipped > 0) {
      LOG.log(
          Level.WARNING, "{0}: skipped {1} merges that are not of plain tokens", MERGES, skipped);
    }
    return merges;
  }

  /**
   * A merge line is "left right"; the search starts behind the first character because that may be
   * a space itself.
   */
  private boolean addLine(Vocabulary vocabulary, String line, int rank) {
    int space = line.indexOf(' ', 1);
    if (space < 0) {
      return false;
    }
    String leftText = line.substring(0, space);
    String rightText = line.substring(space + 1);
    int left = vocabulary.plainIdOf(leftText);
    int right = vocabulary.plainIdOf(rightText);
    int merged = vocabulary.plainIdOf(leftText.concat(rightText));
    if (left < 0 || right < 0 || merged < 0) {
      return false;
    }
    add(left, right, rank, merged);
    return true;
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
