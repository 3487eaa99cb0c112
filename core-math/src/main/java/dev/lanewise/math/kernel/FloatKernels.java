package dev.lanewise.math.kernel;

/** Operations on F32 vectors. */
public interface FloatKernels {
  /**
   * Root mean square norm: {@code out = weight x / sqrt(mean(x^2) + epsilon)}.
   *
   * <p>Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), equation 4.
   */
  void rmsNorm(
      float[] x, int xOffset, float[] weight, float[] out, int outOffset, int n, float epsilon);

  /** {@code x[offset..offset + n)} becomes exp(x) / sum(exp(x)), computed from the maximum down. */
  void softmax(float[] x, int offset, int n);

  /** {@code gate = silu(gate) up}, with silu(v) = v / (1 + exp(-v)). */
  void siluTimes(float[] gate, float[] up, int offset, int n);

  /** {@code into += x}. */
  void add(float[] into, int intoOffset, float[] x, int xOffset, int n);
}
