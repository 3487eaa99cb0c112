package dev.lanewise.engine.grammar;

/**
 * A grammar as nodes that match bytes and refer to each other by number. {@link Automaton} says how
 * they are followed. Immutable.
 */
final class Program {
  /** The number of the {@link End} node. */
  static final int END = 0;

  /** What may happen at a place in the grammar. */
  sealed interface Node {}

  /**
   * One byte is taken, which says where to go on.
   *
   * @param low the first byte of each range, from 0 to 255
   * @param high the last one
   * @param next the node behind each range
   */
  record Bytes(int[] low, int[] high, int[] next) implements Node {
    /** The node behind a byte; -1 if it is not allowed. */
    int after(int value) {
      for (int i = 0; i < low.length; i++) {
        if (value >= low[i] && value <= high[i]) {
          return next[i];
        }
      }
      return -1;
    }
  }

  /** Goes on at any of several nodes. */
  record Split(int[] next) implements Node {}

  /** Goes on at the beginning of a rule, and at {@code next} when that ends. */
  record Call(int rule, int next) implements Node {}

  /**
   * Goes through a body a counted number of times, and then on. The body ends with {@link End}.
   *
   * @param most {@link Expression.Repeat#UNBOUNDED} for any number
   * @param nullable whether the body may be empty; {@code least} is 0 then
   */
  record Repeat(int body, int next, int least, int most, boolean nullable) implements Node {
    /**
     * A count that has the same future as {@code count} for the next {@code bytes} bytes. Each time
     * through the body takes a byte or more.
     *
     * @param count times the body was gone through before this one
     */
    int clamped(int count, int bytes) {
      if (count < least - bytes) {
        return 0; // it cannot end yet, wherever it stands
      }
      if (count + 1 >= least && count < most - bytes) {
        return Math.max(0, least - 1); // it may end and may go on, wherever it stands
      }
      return count;
    }
  }

  /** The end of a rule, of a body, or of the whole text: goes on where that was entered. */
  record End() implements Node {}

  private final Node[] nodes;
  private final int[] rules;

  /**
   * A program.
   *
   * @param rules the first node of each rule, that of the whole text first
   */
  Program(Node[] nodes, int[] rules) {
    this.nodes = nodes;
    this.rules = rules;
  }

  Node node(int number) {
    return nodes[number];
  }

  /** The first node of a rule; rule 0 is the whole text. */
  int startOf(int rule) {
    return rules[rule];
  }
}
