package dev.lanewise.model.tokenizer;

import java.util.Arrays;

/**
 * Merges neighbouring symbols of one piece of text until no rule applies: lowest rank first,
 * leftmost among equals.
 *
 * <p>The symbols form a linked list over arrays and the possible merges wait in a heap, so n
 * symbols take O(n log n) however long the piece is. An object serves one call of the tokenizer and
 * is reused for its pieces.
 */
final class PairMerger {
  private static final int END = -1;

  private final MergeQueue queue = new MergeQueue();
  private int count;
  private int[] ids = new int[64];
  private int[] starts = new int[64];
  private int[] previous = new int[64];
  private int[] next = new int[64];

  /**
   * For each symbol its merge with the next one as it stands now; a queued merge that differs is
   * out of date.
   */
  private long[] merges = new long[64];

  /** Forgets the symbols of the last piece. */
  void clear() {
    count = 0;
  }

  /**
   * Appends a symbol: its token id, or a negative number if its text is no token, and where its
   * text starts.
   */
  void add(int id, int start) {
    if (count == ids.length) {
      grow();
    }
    ids[count] = id;
    starts[count] = start;
    count++;
  }

  /** Merges all it can. The symbols left over are then numbered 0 to {@link #count}. */
  void mergeAll(int textEnd, PairRule rule) {
    for (int s = 0; s < count; s++) {
      previous[s] = s - 1;
      next[s] = s + 1 < count ? s + 1 : END;
    }
    for (int s = 0; s < count; s++) {
      offer(s, textEnd, rule);
    }
    while (!queue.isEmpty()) {
      long candidate = queue.poll();
      int left = (int) candidate;
      if (merges[left] == PairRule.NONE || PairRule.rank(merges[left]) != (int) (candidate >> 32)) {
        continue;
      }
      ids[left] = PairRule.id(merges[left]);
      int right = next[left];
      merges[right] = PairRule.NONE;
      next[left] = next[right];
      if (next[left] != END) {
        previous[next[left]] = left;
      }
      offer(left, textEnd, rule);
      if (previous[left] != END) {
        offer(previous[left], textEnd, rule);
      }
    }
    compact();
  }

  /** How many symbols there are. */
  int count() {
    return count;
  }

  /** Token id of a symbol, negative if its text is no token. */
  int id(int symbol) {
    return ids[symbol];
  }

  /** Where the text of a symbol starts; it ends where the next one starts. */
  int start(int symbol) {
    return starts[symbol];
  }

  /** Asks for the merge of a symbol with the one after it and queues it. */
  private void offer(int symbol, int textEnd, PairRule rule) {
    int right = next[symbol];
    if (right == END) {
      merges[symbol] = PairRule.NONE;
      return;
    }
    int end = next[right] == END ? textEnd : starts[next[right]];
    long merge = rule.merge(ids[symbol], ids[right], starts[symbol], end);
    merges[symbol] = merge;
    if (merge != PairRule.NONE) {
      queue.add((long) PairRule.rank(merge) << 32 | symbol);
    }
  }

  private void compact() {
    int kept = 0;
    for (int s = count == 0 ? END : 0; s != END; s = next[s]) {
      ids[kept] = ids[s];
      starts[kept] = starts[s];
      kept++;
    }
    count = kept;
  }

  private void grow() {
    int capacity = 2 * count;
    ids = Arrays.copyOf(ids, capacity);
    starts = Arrays.copyOf(starts, capacity);
    previous = new int[capacity];
    next = new int[capacity];
    merges = new long[capacity];
  }
}
