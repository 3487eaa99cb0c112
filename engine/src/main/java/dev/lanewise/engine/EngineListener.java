package dev.lanewise.engine;

/**
 * Told what the engine thread does, on that thread: what takes long here, requests wait for. The
 * methods do nothing unless overridden.
 */
public interface EngineListener {
  /** Listens to nothing. */
  EngineListener NONE = new EngineListener() {};

  /** A step gave one token to each of {@code sequences} sequences. */
  default void decoded(int sequences, long nanos) {}

  /** A step computed {@code tokens} tokens of a prompt. */
  default void prefilled(int tokens, long nanos) {}

  /** A token came {@code nanos} after the one before it in its sequence. */
  default void tokenAfter(long nanos) {}

  /** A prompt began, the first {@code cached} of whose {@code tokens} were found in the cache. */
  default void promptBegan(int tokens, int cached) {}

  /** A sequence lost its blocks to others and will be computed again. */
  default void preempted() {}
}
