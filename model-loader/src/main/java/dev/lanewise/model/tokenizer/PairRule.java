package dev.lanewise.model.tokenizer;

/** Says which token two neighbouring symbols become, and how soon. */
@FunctionalInterface
interface PairRule {
  /** The answer for symbols that do not merge. */
  long NONE = -1;

  /**
   * The merge of two neighbours.
   *
   * @param left token id of the left symbol, negative if its text is no token
   * @param right token id of the right symbol, likewise
   * @param start where the left symbol starts in the text
   * @param end where the right symbol ends in the text
   * @return {@link #of} rank and merged token id, or {@link #NONE}
   */
  long merge(int left, int right, int start, int end);

  /** Packs the answer; among all possible merges the lowest rank is made first. */
  static long of(int rank, int id) {
    return (long) rank << 32 | id;
  }

  static int rank(long merge) {
    return (int) (merge >> 32);
  }

  static int id(long merge) {
    return (int) merge;
  }
}
