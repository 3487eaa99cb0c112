package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * The encoder of Q4_1 and Q5_1: weight = q d + m, with q from 0 to last.
 *
 * <p>Starts with the usual rule, m = min and d = (max - min) / last, and with scales near that;
 * then fits scale and minimum to the codes by linear regression as long as the squared error falls,
 * a few times at most. The best of all is taken.
 */
final class AffineEncoder implements BlockEncoder {
  private static final int BLOCK = 32;
  private static final int FITS = 3;

  /** How many steps more than {@code last} the range is divided into at first. */
  private static final float[] EXTRA_STEPS = {0, -1, -0.5f, 0.5f, 1};

  private final int last;
  private final int[] codes = new int[BLOCK];
  private float d;
  private float m;
  private float bestD;
  private float bestM;
  private float leastError;

  /** An encoder with 16 levels (Q4_1) or 32 (Q5_1). */
  AffineEncoder(int levels) {
    last = levels - 1;
  }

  @Override
  public void encode(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    float min = weights[o];
    float max = weights[o];
    for (int k = 1; k < BLOCK; k++) {
      min = Math.min(min, weights[o + k]);
      max = Math.max(max, weights[o + k]);
    }
    leastError = Float.POSITIVE_INFINITY; // that of the usual rule is less: weights are in range
    for (float extra : EXTRA_STEPS) {
      d = F16Scale.round((max - min) / (last + extra));
      m = F16Scale.round(min);
      float error = keepIfBetter(weights, o, importance, i);
      for (int round = 0; round < FITS; round++) {
        fit(weights, o, importance, i);
        float fitted = keepIfBetter(weights, o, importance, i);
        if (!(fitted < error)) {
          break;
        }
        error = fitted;
      }
    }
    d = bestD;
    m = bestM;
    write(weights, o, blocks, at);
  }

  /** The error with the scale and minimum of now, which are remembered if it is the least. */
  private float keepIfBetter(float[] weights, int o, float[] importance, int i) {
    float error = error(weights, o, importance, i);
    if (error < leastError) {
      leastError = error;
      bestD = d;
      bestM = m;
    }
    return error;
  }

  /** The nearest level of a weight less m, divided by d. */
  private int level(float scaled) {
    return Math.max(0, Math.min(last, (int) (scaled + 0.5f)));
  }

  private float error(float[] weights, int o, float[] importance, int i) {
    float inverse = F16Scale.inverse(d);
    float sum = 0;
    for (int k = 0; k < BLOCK; k++) {
      float miss = level((weights[o + k] - m) * inverse) * d + m - weights[o + k];
      sum += importance[i + k] * miss * miss;
    }
    return sum;
  }

  /** Sets d and m to the best ones for the codes that they give now. */
  private void fit(float[] weights, int o, float[] importance, int i) {
    float inverse = F16Scale.inverse(d);
    double sum = 0;
    double sumQ = 0;
    double sumQq = 0;
    double sumW = 0;
    double sumQw = 0;
    for (int k = 0; k < BLOCK; k++) {
      float weight = weights[o + k];
      double counts = importance[i + k];
      int q = level((weight - m) * inverse);
      sum += counts;
      sumQ += counts * q;
      sumQq += counts * q * q;
      sumW += counts * weight;
      sumQw += counts * q * weight;
    }
    double spread = sum * sumQq - sumQ * sumQ;
    if (!(spread > 0)) {
      return; // all codes are equal
    }
    double slope = (sum * sumQw - sumQ * sumW) / spread;
    d = F16Scale.round(slope);
    m = F16Scale.round((sumW - d * sumQ) / sum);
  }

  private void write(float[] weights, int o, MemorySegment blocks, long at) {
    float inverse = F16Scale.inverse(d);
    int fifth = 0;
    for (int k = 0; k < BLOCK; k++) {
      codes[k] = level((weights[o + k] - m) * inverse);
      fifth |= (codes[k] >> 4) << k;
    }
    Bits.writeHalf(blocks, at, d);
    Bits.writeHalf(blocks, at + 2, m);
    long nibbles = at + 4;
    if (last == 31) {
      Bits.writeInteger(blocks, nibbles, fifth);
      nibbles += 4;
    }
    Bits.writeNibbles(blocks, nibbles, codes, BLOCK / 2);
  }
}
