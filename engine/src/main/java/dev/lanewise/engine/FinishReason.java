package dev.lanewise.engine;

/** Why a generation ended, unless it failed. */
public enum FinishReason {
  /** The model ended its answer, or the text reached a stop string. */
  STOP,
  /** The request's token limit was reached, or the context is full. */
  LENGTH,
  /** The caller gave up. */
  CANCELLED
}
