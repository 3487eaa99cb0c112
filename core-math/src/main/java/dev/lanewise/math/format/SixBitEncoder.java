package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * The encoder of Q6_K: weight = d sc (q - 32), with q from 0 to 63, and sc from -128 to 127 for
 * each sub-block of 16.
 *
 * <p>First each sub-block gets a real scale of either sign that puts its weight of largest
 * magnitude on the lowest or the highest value, or near it, fitted to the codes. The largest of
 * these scales gives d, as -128 d. Then two steps take turns as long as the error falls: each
 * sub-block takes the best sc around its own, with the nearest codes, and d is fitted to all codes
 * of the block.
 */
final class SixBitEncoder implements BlockEncoder {
  private static final int SUBS = 16;
  private static final int SUB = 16;
  private static final int LOWEST = -32;
  private static final int HIGHEST = 31;
  private static final int ROUNDS = 4;
  private static final float[] DIVISORS = {-32, -32.5f, -31.5f, -31, -30.5f, 30.5f, 31, 31.5f};

  private final int[] codes = new int[SUBS * SUB];
  private final int[] scales = new int[SUBS];
  private final int[] bestScales = new int[SUBS];
  private final float[] realScales = new float[SUBS];
  private float d;

  @Override
  public void encode(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    float extreme = 0;
    for (int sub = 0; sub < SUBS; sub++) {
      realScales[sub] = fitAlone(weights, o + SUB * sub, importance, i + SUB * sub);
      extreme = Math.abs(realScales[sub]) > Math.abs(extreme) ? realScales[sub] : extreme;
    }
    d = F16Scale.round(extreme / Byte.MIN_VALUE);
    float inverse = F16Scale.inverse(d);
    for (int sub = 0; sub < SUBS; sub++) {
      int nearest = Math.round(realScales[sub] * inverse);
      scales[sub] = Math.clamp(nearest, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }
    improve(weights, o, importance, i);
    write(weights, o, blocks, at);
  }

  /** The nearest integer, less 32 what is stored. */
  private static int code(float scaled) {
    int shifted = (int) (scaled - LOWEST + 0.5f); // above -1 it rounds up to 0, where it belongs
    return Math.max(0, Math.min(HIGHEST - LOWEST, shifted)) + LOWEST;
  }

  private static float fitAlone(float[] weights, int o, float[] importance, int i) {
    float extreme = 0;
    for (int k = 0; k < SUB; k++) {
      float weight = weights[o + k];
      extreme = Math.abs(weight) > Math.abs(extreme) ? weight : extreme;
    }
    float best = 0;
    float leastError = Float.POSITIVE_INFINITY;
    for (float divisor : DIVISORS) {
      float scale = extreme / divisor;
      float error = error(weights, o, importance, i, scale);
      if (error < leastError) {
        leastError = error;
        best = scale;
      }
    }
    float fitted = fitted(weights, o, importance, i, best);
    return error(weights, o, importance, i, fitted) < leastError ? fitted : best;
  }

  /** The best scale of a sub-block for the codes that {@code scale} gives. */
  private static float fitted(float[] weights, int o, float[] importance, int i, float scale) {
    float inverse = F16Scale.inverse(scale);
    double products = 0;
    double squares = 0;
    for (int k = 0; k < SUB; k++) {
      double code = code(weights[o + k] * inverse);
      products += importance[i + k] * code * weights[o + k];
      squares += importance[i + k] * code * code;
    }
    return squares == 0 ? scale : (float) (products / squares);
  }

  /** The squared error of a sub-block with the nearest codes. */
  private static float error(float[] weights, int o, float[] importance, int i, float scale) {
    float inverse = F16Scale.inverse(scale);
    float sum = 0;
    for (int k = 0; k < SUB; k++) {
      float miss = code(weights[o + k] * inverse) * scale - weights[o + k];
      sum += importance[i + k] * miss * miss;
    }
    return sum;
  }

  private void improve(float[] weights, int o, float[] importance, int i) {
    float best = d;
    float leastError = Float.POSITIVE_INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
      float error = 0;
      for (int sub = 0; sub < SUBS; sub++) {
        error += chooseScale(weights, o + SUB * sub, importance, i + SUB * sub, sub);
      }
      if (!(error < leastError)) {
        break;
      }
      leastError = error;
      best = d;
      System.arraycopy(scales, 0, bestScales, 0, SUBS);
      fitTogether(weights, o, importance, i);
    }
    d = best;
    System.arraycopy(bestScales, 0, scales, 0, SUBS);
  }

  /** Takes the best of the scales next to that of a sub-block; returns its error. */
  private float chooseScale(float[] weights, int o, float[] importance, int i, int sub) {
    int scale = scales[sub];
    float leastError = error(weights, o, importance, i, scale * d);
    for (int sc = scale - 1; sc <= scale + 1; sc += 2) {
      float error = error(weights, o, importance, i, sc * d);
      if (error < leastError && sc == (byte) sc) {
        leastError = error;
        scales[sub] = sc;
      }
    }
    return leastError;
  }

  /** Sets d to the best one for all codes that it gives now. */
  private void fitTogether(float[] weights, int o, float[] importance, int i) {
    chooseCodes(weights, o);
    double products = 0;
    double squares = 0;
    for (int k = 0; k < SUBS * SUB; k++) {
      double value = (double) scales[k / SUB] * codes[k];
      products += importance[i + k] * value * weights[o + k];
      squares += importance[i + k] * value * value;
    }
    if (squares > 0) {
      d = F16Scale.round(products / squares);
    }
  }

  private void chooseCodes(float[] weights, int o) {
    for (int sub = 0; sub < SUBS; sub++) {
      float inverse = F16Scale.inverse(scales[sub] * d);
      for (int k = SUB * sub; k < SUB * (sub + 1); k++) {
        codes[k] = code(weights[o + k] * inverse);
      }
    }
  }

  private void write(float[] weights, int o, MemorySegment blocks, long at) {
    chooseCodes(weights, o);
    for (int half = 0; half < 2; half++) {
      for (int l = 0; l < 32; l++) {
        int from = 128 * half + l;
        int first = codes[from] - LOWEST;
        int second = codes[from + 32] - LOWEST;
        int third = codes[from + 64] - LOWEST;
        int fourth = codes[from + 96] - LOWEST;
        Bits.writeByte(blocks, at + 64L * half + l, (first & 0xf) | (third & 0xf) << 4);
        Bits.writeByte(blocks, at + 64L * half + 32 + l, (second & 0xf) | (fourth & 0xf) << 4);
        Bits.writeByte(
            blocks,
            at + 128 + 32L * half + l,
            first >> 4 | second >> 4 << 2 | third >> 4 << 4 | fourth >> 4 << 6);
      }
    }
    for (int sub = 0; sub < SUBS; sub++) {
      Bits.writeByte(blocks, at + 192 + sub, scales[sub]);
    }
    Bits.writeHalf(blocks, at + 208, d);
  }
}
