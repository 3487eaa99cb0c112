package dev.lanewise.engine.schedule;

/** A request as the planner sees it: what it needs, not what it says. */
public interface Schedulable {
  /** Where a request is on its way. */
  enum Phase {
    /** Holds no blocks. */
    WAITING,
    /**
     * Holds the blocks of its whole prompt, which is computed chunk by chunk; in layers with a
     * window those of the next chunk.
     */
    PREFILL,
    /** Generates a token in each step. */
    DECODE
  }

  Phase phase();

  /** False while it waits for another with the same prompt, which is computed once. */
  boolean mayBegin();

  /** Lower ones go first, whatever else is true of them. */
  int priority();

  /** When it was submitted, in nanoseconds since some moment. */
  long arrivalNanos();

  /** Prompt tokens to compute before the first token can be generated. */
  int remainingTokens();

  /** Whether its prompt is computed in one step, or not at all in it. */
  boolean isWhole();

  /** Blocks it has to take, at most: to begin, while it waits; then for its next positions. */
  int missingBlocks();
}
