package dev.lanewise.engine.transformer;

/** Which positions a column attends to, if no window hides some. */
enum Reach {
  /** Those of its sequence up to its own. */
  CAUSAL,

  /**
   * All of its sequence that are in the cache or in the pass, as in encoders, whose text is in one
   * pass. A window lies around a column's own position: half of it before, and half behind.
   */
  BIDIRECTIONAL,

  /** All of what the encoder has read of its sequence. */
  ENCODED
}
