package dev.lanewise.engine.transformer;

/** The vectors of a block that an {@link ActivationObserver} sees, in this order. */
public enum Activation {
  /** The residual before the block; {@code hidden} elements. */
  BLOCK_INPUT,

  /** Input of the query, key and value matrices; {@code hidden} elements. */
  ATTENTION_INPUT,

  /** Input of the output matrix; {@code queryDim} elements. */
  ATTENTION_OUTPUT,

  /** Input of the gate and up matrices; {@code hidden} elements. */
  FFN_INPUT,

  /** silu(gate x); {@code ffnHidden} elements. */
  GATE,

  /** up x; {@code ffnHidden} elements. */
  UP,

  /** Input of the down matrix, without neurons that are left out; {@code ffnHidden} elements. */
  PRODUCT
}
