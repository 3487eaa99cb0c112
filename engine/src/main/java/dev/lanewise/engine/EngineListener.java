package dev.lanewise.engine;

import dev.lanewise.engine.transformer.SkipCounts;

/**
 * Told what the engine thread does, on that thread: what takes long here, requests wait for. The
 * methods do nothing unless overridden.
 */
public interface EngineListener {
  /** Listens to nothing. */
  EngineListener NONE = new EngineListener() {};

  /**
   * A step gave one token to each of {@code sequences} sequences, and computed {@code promptTokens}
   * tokens of prompts; one of them may be 0.
   */
  default void computed(int sequences, int promptTokens, long nanos) {}

  /**
   * What the pass of a step left out and read, if the step gave a token to each of some sequences.
   *
   * @param counts to be read before this returns
   */
  default void leftOut(int sequences, SkipCounts counts) {}

  /** A token came {@code nanos} after the one before it in its sequence. */
  default void tokenAfter(long nanos) {}

  /** A prompt began, the first {@code cached} of whose {@code tokens} were found in the cache. */
  default void promptBegan(int tokens, int cached) {}

  /** A sequence lost its blocks to others and will be computed again. */
  default void preempted() {}
}
