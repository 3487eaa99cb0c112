package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.ErrorFunction.A1;
import static dev.lanewise.math.kernel.ErrorFunction.A2;
import static dev.lanewise.math.kernel.ErrorFunction.A3;
import static dev.lanewise.math.kernel.ErrorFunction.A4;
import static dev.lanewise.math.kernel.ErrorFunction.A5;
import static dev.lanewise.math.kernel.ErrorFunction.P;
import static dev.lanewise.math.kernel.Exponential.C2;
import static dev.lanewise.math.kernel.Exponential.C3;
import static dev.lanewise.math.kernel.Exponential.C4;
import static dev.lanewise.math.kernel.Exponential.C5;
import static dev.lanewise.math.kernel.Exponential.C6;
import static dev.lanewise.math.kernel.Exponential.EXPONENT_SHIFT;
import static dev.lanewise.math.kernel.Exponential.LEAST;
import static dev.lanewise.math.kernel.Exponential.LOG2_E;
import static dev.lanewise.math.kernel.Exponential.MINUS_LN_2_HIGH;
import static dev.lanewise.math.kernel.Exponential.MINUS_LN_2_LOW;
import static dev.lanewise.math.kernel.Exponential.MOST;
import static dev.lanewise.math.kernel.Exponential.TO_INTEGER;
import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.PANEL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link FloatKernels} in vectors; tails shorter than a vector are scalar. Sums are not reduced
 * across lanes: the order in which the Vector API does that is unspecified, and differs between
 * interpreted and compiled code.
 */
final class VectorFloats implements FloatKernels {
  private static final int LANES = FLOAT.length();
  private static final int WIDE_LANES = PANEL.length();

  private static final float SWIGLU_LIMIT = 7;
  private static final float SWIGLU_SLOPE = 1.702f;

  /** 2 sqrt(2 / pi), and that times 0.044715: what {@link #geluTimes} has in front of g and g^3. */
  private static final float GELU_LINEAR = (float) (2 * Math.sqrt(2 / Math.PI));

  private static final float GELU_CUBIC = (float) (0.044715 * 2 * Math.sqrt(2 / Math.PI));

  @Override
  public float inverseRms(float[] x, int offset, int n, float epsilon) {
    return (float) (1 / Math.sqrt((double) sumOfSquares(x, offset, n, 0) / n + epsilon));
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
    for (int i = 0; i < n; i++) { // C2 makes vectors of this loop by itself
      out[outOffset + i] = weight[weightOffset + i] * (x[xOffset + i] * factor);
    }
  }

  @Override
  public float mean(float[] x, int offset, int n) {
    return sum(x, offset, n) / n;
  }

  @Override
  public float inverseDeviation(float[] x, int offset, int n, float mean, float epsilon) {
    return (float) (1 / Math.sqrt((double) sumOfSquares(x, offset, n, mean) / n + epsilon));
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
    for (int i = 0; i < n; i++) { // C2 makes vectors of this loop by itself
      float standard = (x[xOffset + i] - mean) * factor;
      out[outOffset + i] = weight[weightOffset + i] * standard + bias[weightOffset + i];
    }
  }

  /** Two sums, so that an FMA need not wait for the last one at every step. */
  @Override
  public float dot(float[] a, int aOffset, float[] b, int bOffset, int n, float[] lanes) {
    FloatVector even = FloatVector.zero(PANEL);
    FloatVector odd = FloatVector.zero(PANEL);
    int i = 0;
    for (; i + 2 * WIDE_LANES <= n; i += 2 * WIDE_LANES) {
      int next = i + WIDE_LANES;
      even =
          FloatVector.fromArray(PANEL, a, aOffset + i)
              .fma(FloatVector.fromArray(PANEL, b, bOffset + i), even);
      odd =
          FloatVector.fromArray(PANEL, a, aOffset + next)
              .fma(FloatVector.fromArray(PANEL, b, bOffset + next), odd);
    }
    even.add(odd).intoArray(lanes, 0);
    float sum = 0;
    for (; i < n; i++) {
      sum += a[aOffset + i] * b[bOffset + i];
    }
    for (int lane = 0; lane < WIDE_LANES; lane++) {
      sum += lanes[lane];
    }
    return sum;
  }

  @Override
  public void softmax(float[] x, int offset, int n) {
    int end = offset + n;
    float max = max(x, offset, n);
    int i = offset;
    for (; i + LANES <= end; i += LANES) {
      FloatVector.fromArray(FLOAT, x, i).sub(max).lanewise(VectorOperators.EXP).intoArray(x, i);
    }
    for (; i < end; i++) {
      x[i] = (float) Math.exp(x[i] - max);
    }
    float inverse = 1 / sum(x, offset, n);
    for (i = offset; i + LANES <= end; i += LANES) {
      FloatVector.fromArray(FLOAT, x, i).mul(inverse).intoArray(x, i);
    }
    for (; i < end; i++) {
      x[i] *= inverse;
    }
  }

  @Override
  public void siluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
    int end = gateOffset + n;
    int toUp = upOffset - gateOffset;
    int i = gateOffset;
    for (; i + LANES <= end; i += LANES) {
      FloatVector g = FloatVector.fromArray(FLOAT, gate, i);
      FloatVector exponent = g.neg();
      FloatVector shifted = exponent.mul(LOG2_E).add(TO_INTEGER);
      FloatVector k = shifted.sub(TO_INTEGER);
      FloatVector r = k.fma(FloatVector.broadcast(FLOAT, MINUS_LN_2_HIGH), exponent);
      r = k.fma(FloatVector.broadcast(FLOAT, MINUS_LN_2_LOW), r);
      FloatVector series =
          r.fma(FloatVector.broadcast(FLOAT, C6), FloatVector.broadcast(FLOAT, C5));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C4));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C3));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C2));
      series = series.fma(r, FloatVector.broadcast(FLOAT, 1));
      series = series.fma(r, FloatVector.broadcast(FLOAT, 1));
      FloatVector exponential =
          series
              .reinterpretAsInts()
              .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, EXPONENT_SHIFT))
              .reinterpretAsFloats()
              .blend(0, exponent.compare(VectorOperators.LT, LEAST))
              .blend(Float.POSITIVE_INFINITY, exponent.compare(VectorOperators.GT, MOST));
      g.div(exponential.add(1)).mul(FloatVector.fromArray(FLOAT, up, i + toUp)).intoArray(gate, i);
    }
    for (; i < end; i++) {
      gate[i] = gate[i] / (Exponential.of(-gate[i]) + 1) * up[i + toUp];
    }
  }

  /**
   * Since 1 + tanh(u) = 2 / (1 + exp(-2 u)), gelu(g) = g / (1 + exp(-z)) with z = 2 u: silu(z), but
   * for the factor g / z.
   */
  @Override
  public void geluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      FloatVector g = FloatVector.fromArray(FLOAT, gate, gateOffset + i);
      FloatVector slope = g.mul(g).mul(GELU_CUBIC).add(GELU_LINEAR);
      g.mul(slope).intoArray(gate, gateOffset + i);
      FloatVector.fromArray(FLOAT, up, upOffset + i).div(slope).intoArray(up, upOffset + i);
    }
    for (; i < n; i++) {
      float g = gate[gateOffset + i];
      float slope = g * g * GELU_CUBIC + GELU_LINEAR;
      gate[gateOffset + i] = g * slope;
      up[upOffset + i] /= slope;
    }
    siluTimes(gate, gateOffset, up, upOffset, n);
  }

  /** See {@link ErrorFunction} and {@link Exponential}. */
  @Override
  public void exactGeluTimes(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
    int end = gateOffset + n;
    int toUp = upOffset - gateOffset;
    int i = gateOffset;
    for (; i + LANES <= end; i += LANES) {
      FloatVector g = FloatVector.fromArray(FLOAT, gate, i);
      FloatVector size = g.abs();
      FloatVector one = FloatVector.broadcast(FLOAT, 1);
      FloatVector t = one.div(size.fma(FloatVector.broadcast(FLOAT, P), one));
      FloatVector tail = t.fma(FloatVector.broadcast(FLOAT, A5), FloatVector.broadcast(FLOAT, A4));
      tail = tail.fma(t, FloatVector.broadcast(FLOAT, A3));
      tail = tail.fma(t, FloatVector.broadcast(FLOAT, A2));
      tail = tail.fma(t, FloatVector.broadcast(FLOAT, A1));
      FloatVector exponent = size.mul(size).mul(-0.5f);
      FloatVector shifted = exponent.mul(LOG2_E).add(TO_INTEGER);
      FloatVector k = shifted.sub(TO_INTEGER);
      FloatVector r = k.fma(FloatVector.broadcast(FLOAT, MINUS_LN_2_HIGH), exponent);
      r = k.fma(FloatVector.broadcast(FLOAT, MINUS_LN_2_LOW), r);
      FloatVector series =
          r.fma(FloatVector.broadcast(FLOAT, C6), FloatVector.broadcast(FLOAT, C5));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C4));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C3));
      series = series.fma(r, FloatVector.broadcast(FLOAT, C2));
      series = series.fma(r, one).fma(r, one);
      FloatVector exponential =
          series
              .reinterpretAsInts()
              .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, EXPONENT_SHIFT))
              .reinterpretAsFloats()
              .blend(0, exponent.compare(VectorOperators.LT, LEAST));
      tail = tail.mul(t).mul(exponential);
      FloatVector normal = one.sub(tail).blend(tail, g.compare(VectorOperators.LT, 0));
      g.mul(normal).mul(FloatVector.fromArray(FLOAT, up, i + toUp)).intoArray(gate, i);
    }
    for (; i < end; i++) {
      gate[i] = gate[i] * ErrorFunction.approximateNormal(gate[i]) * up[i + toUp];
    }
  }

  /** With z = 1.702 g, that is silu(z) (u + 1) / 1.702. */
  @Override
  public void clampedSwiglu(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      FloatVector.fromArray(FLOAT, gate, gateOffset + i)
          .min(SWIGLU_LIMIT)
          .mul(SWIGLU_SLOPE)
          .intoArray(gate, gateOffset + i);
      FloatVector.fromArray(FLOAT, up, upOffset + i)
          .min(SWIGLU_LIMIT)
          .max(-SWIGLU_LIMIT)
          .add(1)
          .div(SWIGLU_SLOPE)
          .intoArray(up, upOffset + i);
    }
    for (; i < n; i++) {
      gate[gateOffset + i] = Math.min(gate[gateOffset + i], SWIGLU_LIMIT) * SWIGLU_SLOPE;
      float u = Math.max(Math.min(up[upOffset + i], SWIGLU_LIMIT), -SWIGLU_LIMIT);
      up[upOffset + i] = (u + 1) / SWIGLU_SLOPE;
    }
    siluTimes(gate, gateOffset, up, upOffset, n);
  }

  /** Without vectors: TANH of the Vector API has other bits interpreted than compiled. */
  @Override
  public void softcap(float[] x, int offset, int n, float cap) {
    for (int i = offset; i < offset + n; i++) {
      x[i] = cap * (1 - 2 / (Exponential.of(2 * x[i] / cap) + 1));
    }
  }

  @Override
  public void squaredRelu(float[] x, int offset, int n) {
    int end = offset + n;
    int i = offset;
    for (; i + LANES <= end; i += LANES) {
      FloatVector positive = FloatVector.fromArray(FLOAT, x, i).max(0);
      positive.mul(positive).intoArray(x, i);
    }
    for (; i < end; i++) {
      float positive = Math.max(x[i], 0);
      x[i] = positive * positive;
    }
  }

  @Override
  public void relu(float[] x, int offset, int n) {
    int end = offset + n;
    int i = offset;
    for (; i + LANES <= end; i += LANES) {
      FloatVector.fromArray(FLOAT, x, i).max(0).intoArray(x, i);
    }
    for (; i < end; i++) {
      x[i] = Math.max(x[i], 0);
    }
  }

  @Override
  public void zeroBelow(float[] x, int offset, int n, float threshold) {
    int end = offset + n;
    int i = offset;
    for (; i + LANES <= end; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOAT, x, i);
      value.blend(0, value.abs().compare(VectorOperators.LT, threshold)).intoArray(x, i);
    }
    for (; i < end; i++) {
      x[i] = Math.abs(x[i]) < threshold ? 0 : x[i];
    }
  }

  @Override
  public void timesUnlessBelow(
      float[] x, int xOffset, float[] y, int yOffset, float[] thresholds, int at, int n) {
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOAT, x, xOffset + i);
      FloatVector threshold = FloatVector.fromArray(FLOAT, thresholds, at + i);
      value
          .mul(FloatVector.fromArray(FLOAT, y, yOffset + i))
          .blend(0, value.abs().compare(VectorOperators.LT, threshold))
          .intoArray(x, xOffset + i);
    }
    for (; i < n; i++) {
      float value = x[xOffset + i];
      x[xOffset + i] = Math.abs(value) < thresholds[at + i] ? 0 : value * y[yOffset + i];
    }
  }

  @Override
  public int nonZeros(float[] x, int offset, int n) {
    int end = offset + n;
    int i = offset;
    int count = 0;
    for (; i + LANES <= end; i += LANES) {
      count += FloatVector.fromArray(FLOAT, x, i).compare(VectorOperators.NE, 0).trueCount();
    }
    for (; i < end; i++) {
      count += x[i] != 0 ? 1 : 0;
    }
    return count;
  }

  /** With compare and blend: C2 compiles MAX that is carried around a loop to calls that box. */
  @Override
  public float maxOfFinite(float[] x, int offset, int n) {
    int end = offset + n;
    FloatVector max0 = FloatVector.broadcast(FLOAT, Float.NEGATIVE_INFINITY);
    FloatVector max1 = max0;
    FloatVector poison0 = FloatVector.zero(FLOAT); // 0 times what is not finite is NaN
    FloatVector poison1 = poison0;
    int i = offset;
    for (; i + 2 * LANES <= end; i += 2 * LANES) {
      FloatVector a = FloatVector.fromArray(FLOAT, x, i);
      FloatVector b = FloatVector.fromArray(FLOAT, x, i + LANES);
      max0 = max0.blend(a, a.compare(VectorOperators.GT, max0));
      max1 = max1.blend(b, b.compare(VectorOperators.GT, max1));
      poison0 = a.fma(FloatVector.zero(FLOAT), poison0);
      poison1 = b.fma(FloatVector.zero(FLOAT), poison1);
    }
    float max = Float.NEGATIVE_INFINITY;
    float poison = 0;
    for (int lane = 0; lane < LANES; lane++) {
      max = Math.max(max, Math.max(max0.lane(lane), max1.lane(lane)));
      poison += poison0.lane(lane) + poison1.lane(lane);
    }
    for (; i < end; i++) {
      max = Math.max(max, x[i]);
      poison += 0 * x[i];
    }
    return max + poison;
  }

  @Override
  public int firstAtLeast(float[] x, int from, int end, float floor) {
    int i = from;
    for (; i + LANES <= end; i += LANES) {
      VectorMask<Float> found =
          FloatVector.fromArray(FLOAT, x, i).compare(VectorOperators.GE, floor);
      if (found.anyTrue()) {
        return i + found.firstTrue();
      }
    }
    while (i < end && !(x[i] >= floor)) {
      i++;
    }
    return i;
  }

  @Override
  public void add(float[] into, int intoOffset, float[] x, int xOffset, int n) {
    for (int i = 0; i < n; i++) { // C2 makes vectors of this loop by itself
      into[intoOffset + i] += x[xOffset + i];
    }
  }

  /**
   * Not in vectors: C2 compiles a loop-carried vector maximum to calls that box each result. Nor
   * with {@code Math.max}, whose care for NaN and -0 takes several instructions; a NaN that is
   * passed over here makes the sum of the exponentials NaN all the same.
   */
  private static float max(float[] x, int offset, int n) {
    float max0 = Float.NEGATIVE_INFINITY;
    float max1 = Float.NEGATIVE_INFINITY;
    int i = offset;
    for (; i + 2 <= offset + n; i += 2) {
      max0 = x[i] > max0 ? x[i] : max0;
      max1 = x[i + 1] > max1 ? x[i + 1] : max1;
    }
    if (i < offset + n) {
      max0 = x[i] > max0 ? x[i] : max0;
    }
    return Math.max(max0, max1);
  }

  /** Four chains of additions: the latency of one would be most of the time. */
  private static float sum(float[] x, int offset, int n) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int i = offset;
    for (; i + 4 <= offset + n; i += 4) {
      sum0 += x[i];
      sum1 += x[i + 1];
      sum2 += x[i + 2];
      sum3 += x[i + 3];
    }
    for (; i < offset + n; i++) {
      sum0 += x[i];
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }

  /** The sum of (x - mean)^2. */
  private static float sumOfSquares(float[] x, int offset, int n, float mean) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int i = offset;
    for (; i + 4 <= offset + n; i += 4) {
      sum0 += (x[i] - mean) * (x[i] - mean);
      sum1 += (x[i + 1] - mean) * (x[i + 1] - mean);
      sum2 += (x[i + 2] - mean) * (x[i + 2] - mean);
      sum3 += (x[i + 3] - mean) * (x[i + 3] - mean);
    }
    for (; i < offset + n; i++) {
      sum0 += (x[i] - mean) * (x[i] - mean);
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }
}
