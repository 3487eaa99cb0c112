package dev.lanewise.math.kernel;

/** Operations on F32 vectors. */
public interface FloatKernels {
  /** The most lanes of a vector. */
  int LANES = 16;

  /**
   * {@code 1 / sqrt(mean(x^2) + epsilon)}, the factor of a root mean square norm.
   *
   * <p>Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), equation 4.
   */
  float inverseRms(float[] x, int offset, int n, float epsilon);

  /** {@code out = weight (x factor)}; all of {@code n} elements. */
  void scale(
      float[] x,
      int xOffset,
      float factor,
      float[] weight,
      int weightOffset,
      float[] out,
      int outOffset,
      int n);

  /** The mean of {@code n} elements. */
  float mean(float[] x, int offset, int n);

  /**
   * {@code 1 / sqrt(mean((x - m)^2) + epsilon)} with {@code m} the mean, the factor of a layer
   * norm.
   *
   * <p>Ba, Kiros and Hinton, "Layer Normalization" (2016), equation 3.
   */
  float inverseDeviation(float[] x, int offset, int n, float mean, float epsilon);

  /** {@code out = weight ((x - mean) factor) + bias}; all of {@code n} elements. */
  void standardize(
      float[] x,
      int xOffset,
      float mean,
      float factor,
      float[] weight,
      float[] bias,
      int weightOffset,
      float[] out,
      int outOffset,
      int n);

  /**
   * {@code sum over i of a[i] b[i]}, of {@code n} elements, in an order that depends on {@code n}
   * alone.
   *
   * @param lanes working memory of {@link #LANES} elements
   */
  float dot(float[] a, int aOffset, float[] b, int bOffset, int n, float[] lanes);

  /** {@code x[offset..offset + n)} becomes exp(x) / sum(exp(x)), computed from the maximum down. */
  void softmax(float[] x, int offset, int n);

  /** {@code gate = silu(gate) up}, with silu(v) = v / (1 + exp(-v)). */
  void siluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n);

  /**
   * {@code gate = gelu(gate) up}, with gelu(v) = v / 2 (1 + tanh(sqrt(2 / pi) (v + 0.044715 v^3))).
   *
   * <p>Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016), section 2.
   *
   * @param up unspecified afterwards for these elements
   */
  void geluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n);

  /**
   * {@code gate = gelu(gate) up}, with gelu(v) = v / 2 (1 + erf(v / sqrt(2))).
   *
   * <p>Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016), section 2.
   */
  void exactGeluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n);

  /**
   * {@code gate = g sigmoid(1.702 g) (u + 1)}, with g the gate, at most 7, and u as {@code up},
   * from -7 to 7: the activation of gpt-oss.
   *
   * @param up unspecified afterwards for these elements
   */
  void clampedSwiglu(float[] gate, int gateOffset, float[] up, int upOffset, int n);

  /** {@code x = cap tanh(x / cap)}. */
  void softcap(float[] x, int offset, int n, float cap);

  /**
   * {@code x = max(x, 0)^2}.
   *
   * <p>So et al., "Primer: Searching for Efficient Transformers for Language Modeling" (2021).
   */
  void squaredRelu(float[] x, int offset, int n);

  /** {@code x = max(x, 0)}. */
  void relu(float[] x, int offset, int n);

  /** {@code x = |x| < threshold ? 0 : x}; NaN stays. */
  void zeroBelow(float[] x, int offset, int n, float threshold);

  /** {@code x = |x| < threshold ? 0 : x y}, with a threshold for each element. */
  void timesUnlessBelow(
      float[] x, int xOffset, float[] y, int yOffset, float[] thresholds, int at, int n);

  /** How many elements are not 0. */
  int nonZeros(float[] x, int offset, int n);

  /** The largest of {@code n} elements; NaN if one of them is not a finite number. */
  float maxOfFinite(float[] x, int offset, int n);

  /** The first index from {@code from} on with {@code x[index] >= floor}; {@code end} for none. */
  int firstAtLeast(float[] x, int from, int end, float floor);

  /** {@code into += x}. */
  void add(float[] into, int intoOffset, float[] x, int xOffset, int n);
}
