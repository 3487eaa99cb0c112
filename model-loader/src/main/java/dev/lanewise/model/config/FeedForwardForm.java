package dev.lanewise.model.config;

/** What the feed-forward part of a block computes. */
public enum FeedForwardForm {
  /** {@code down (silu(gate x) * up x)} (SwiGLU). */
  GATED_SILU(true, false),

  /** {@code down (gelu(gate x) * up x)}, with the approximation of gelu by tanh (GeGLU). */
  GATED_GELU(true, false),

  /**
   * {@code down (g sigmoid(1.702 g) * (u + 1))}, with {@code g = gate x}, at most 7, and {@code u =
   * up x}, from -7 to 7 (gpt-oss).
   */
  CLAMPED_SWIGLU(true, false),

  /**
   * {@code down (max(up x, 0)^2)}: there is no gate, and about half or more of the neurons are 0.
   */
  SQUARED_RELU(false, true),

  /** {@code down (max(up x, 0))}: there is no gate, and about half or more of the neurons are 0. */
  RELU(false, true),

  /** {@code down (gelu(up x))}, with the approximation of gelu by tanh; there is no gate. */
  GELU(false, false),

  /** {@code down (gelu(up x))}, with the error function; there is no gate. */
  EXACT_GELU(false, false),

  /** {@code down (gelu(gate x) * up x)}, with the error function. */
  GATED_EXACT_GELU(true, false);

  private final boolean gated;
  private final boolean makesZeros;

  FeedForwardForm(boolean gated, boolean makesZeros) {
    this.gated = gated;
    this.makesZeros = makesZeros;
  }

  /** Whether there is a gate matrix. */
  public boolean isGated() {
    return gated;
  }

  /** Whether many of the neurons are exactly 0, as the model was trained. */
  public boolean makesZeros() {
    return makesZeros;
  }
}
