package dev.lanewise.engine;

/** Why a generation ended. */
public enum FinishReason {
  /** The model ended its turn, or a stop string came. */
  STOP,
  /** The most tokens asked for, or the end of the context. */
  LENGTH,
  /** The caller cancelled it. */
  CANCELLED
}
