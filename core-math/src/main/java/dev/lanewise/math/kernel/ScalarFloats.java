package dev.lanewise.math.kernel;

/** The definition of {@link FloatKernels}. */
final class ScalarFloats implements FloatKernels {
  @Override
  public float inverseRms(float[] x, int offset, int n, float epsilon) {
    double squares = 0;
    for (int i = offset; i < offset + n; i++) {
      squares += (double) x[i] * x[i];
    }
    return (float) (1 / Math.sqrt(squares / n + epsilon));
  }

  @Override
  public void scale(
      float[] x,
      int xOffset,
      float factor,
      float[] weight,
      int weightOffset,
      float[] out,
      int outOffset,
      int n) {
    for (int i = 0; i < n; i++) {
      out[outOffset + i] = weight[weightOffset + i] * (x[xOffset + i] * factor);
    }
  }

  @Override
  public float mean(float[] x, int offset, int n) {
    double sum = 0;
    for (int i = offset; i < offset + n; i++) {
      sum += x[i];
    }
    return (float) (sum / n);
  }

  @Override
  public float inverseDeviation(float[] x, int offset, int n, float mean, float epsilon) {
    double squares = 0;
    for (int i = offset; i < offset + n; i++) {
      squares += ((double) x[i] - mean) * ((double) x[i] - mean);
    }
    return (float) (1 / Math.sqrt(squares / n + epsilon));
  }

  @Override
  public void standardize(
      float[] x,
      int xOffset,
      float mean,
      float factor,
      float[] weight,
      float[] bias,
      int weightOffset,
      float[] out,
      int outOffset,
      int n) {
    for (int i = 0; i < n; i++) {
      float standard = (x[xOffset + i] - mean) * factor;
      out[outOffset + i] = weight[weightOffset + i] * standard + bias[weightOffset + i];
    }
  }

  @Override
  public float dot(float[] a, int aOffset, float[] b, int bOffset, int n, float[] lanes) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (double) a[aOffset + i] * b[bOffset + i];
    }
    return (float) sum;
  }

  @Override
  public void softmax(float[] x, int offset, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = offset; i < offset + n; i++) {
      max = Math.max(max, x[i]);
    }
    float sum = 0;
    for (int i = offset; i < offset + n; i++) {
      x[i] = (float) Math.exp(x[i] - max);
      sum += x[i];
    }
    for (int i = offset; i < offset + n; i++) {
      x[i] /= sum;
    }
  }

  @Override
  public void siluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
    for (int i = 0; i < n; i++) {
      float g = gate[gateOffset + i];
      gate[gateOffset + i] = g / (1 + (float) Math.exp(-g)) * up[upOffset + i];
    }
  }

  @Override
  public void geluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
    for (int i = 0; i < n; i++) {
      double g = gate[gateOffset + i];
      double inner = Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g);
      gate[gateOffset + i] = (float) (g / 2 * (1 + Math.tanh(inner)) * up[upOffset + i]);
    }
  }

  @Override
  public void exactGeluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
    for (int i = 0; i < n; i++) {
      double g = gate[gateOffset + i];
      gate[gateOffset + i] = (float) (g * ErrorFunction.normal(g) * up[upOffset + i]);
    }
  }

  @Override
  public void clampedSwiglu(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
    for (int i = 0; i < n; i++) {
      double g = Math.min(gate[gateOffset + i], 7);
      double u = Math.clamp(up[upOffset + i], -7, 7);
      gate[gateOffset + i] = (float) (g / (1 + Math.exp(-1.702 * g)) * (u + 1));
    }
  }

  @Override
  public void softcap(float[] x, int offset, int n, float cap) {
    for (int i = offset; i < offset + n; i++) {
      x[i] = cap * (float) Math.tanh(x[i] / cap);
    }
  }

  @Override
  public void squaredRelu(float[] x, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      float positive = Math.max(x[i], 0);
      x[i] = positive * positive;
    }
  }

  @Override
  public void relu(float[] x, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      x[i] = Math.max(x[i], 0);
    }
  }

  @Override
  public void zeroBelow(float[] x, int offset, int n, float threshold) {
    for (int i = offset; i < offset + n; i++) {
      x[i] = Math.abs(x[i]) < threshold ? 0 : x[i];
    }
  }

  @Override
  public void timesUnlessBelow(
      float[] x, int xOffset, float[] y, int yOffset, float[] thresholds, int at, int n) {
    for (int i = 0; i < n; i++) {
      float value = x[xOffset + i];
      x[xOffset + i] = Math.abs(value) < thresholds[at + i] ? 0 : value * y[yOffset + i];
    }
  }

  @Override
  public int nonZeros(float[] x, int offset, int n) {
    int count = 0;
    for (int i = offset; i < offset + n; i++) {
      count += x[i] != 0 ? 1 : 0;
    }
    return count;
  }

  @Override
  public float maxOfFinite(float[] x, int offset, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = offset; i < offset + n; i++) {
      if (!Float.isFinite(x[i])) {
        return Float.NaN;
      }
      max = Math.max(max, x[i]);
    }
    return max;
  }

  @Override
  public int firstAtLeast(float[] x, int from, int end, float floor) {
    int i = from;
    while (i < end && !(x[i] >= floor)) {
      i++;
    }
    return i;
  }

  @Override
  public void add(float[] into, int intoOffset, float[] x, int xOffset, int n) {
    for (int i = 0; i < n; i++) {
      into[intoOffset + i] += x[xOffset + i];
    }
  }
}
