package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * The encoder of Q4_K and Q5_K: weight = d sc q - dMin m, with q from 0 to last, and sc and m from
 * 0 to 63 for each sub-block of 32.
 *
 * <p>First each sub-block gets the real scale and minimum of least squared error: some scales near
 * (max - min) / last are tried, and each is fitted to its codes by linear regression. The largest
 * of them give d and dMin. Then two steps take turns as long as the error falls: each sub-block
 * takes the best of the sc and m around its own, with the nearest codes, and d and dMin are fitted
 * to all codes of the block.
 */
final class SuperEncoder implements BlockEncoder {
  private static final int SUBS = 8;
  private static final int SUB = 32;
  private static final int LARGEST_SCALE = 63;
  private static final int ROUNDS = 4;

  /** How many steps more than {@code last} the range of a sub-block is divided into at first. */
  private static final float[] EXTRA_STEPS = {0, -1, -0.75f, -0.5f, -0.25f, 0.25f, 0.5f, 0.75f, 1};

  private final int last;
  private final float[] realScales = new float[SUBS];
  private final float[] realMinima = new float[SUBS];
  private final int[] codes = new int[SUBS * SUB];
  private final State state = new State();
  private final State best = new State();

  /** What a block stores but for the codes of its weights, which follow. */
  private static final class State {
    float d;
    float dMin;
    final int[] scales = new int[SUBS];
    final int[] minima = new int[SUBS];

    void set(State other) {
      d = other.d;
      dMin = other.dMin;
      System.arraycopy(other.scales, 0, scales, 0, SUBS);
      System.arraycopy(other.minima, 0, minima, 0, SUBS);
    }
  }

  /** An encoder with 16 levels (Q4_K) or 32 (Q5_K). */
  SuperEncoder(int levels) {
    last = levels - 1;
  }

  @Override
  public void encode(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    float largestScale = 0;
    float largestMinimum = 0;
    for (int sub = 0; sub < SUBS; sub++) {
      fitAlone(weights, o + SUB * sub, importance, i + SUB * sub, sub);
      largestScale = Math.max(largestScale, realScales[sub]);
      largestMinimum = Math.max(largestMinimum, realMinima[sub]);
    }
    state.d = F16Scale.round(largestScale / LARGEST_SCALE);
    state.dMin = F16Scale.round(largestMinimum / LARGEST_SCALE);
    float inverseD = F16Scale.inverse(state.d);
    float inverseDMin = F16Scale.inverse(state.dMin);
    for (int sub = 0; sub < SUBS; sub++) {
      state.scales[sub] = nearest(realScales[sub] * inverseD, LARGEST_SCALE);
      state.minima[sub] = nearest(realMinima[sub] * inverseDMin, LARGEST_SCALE);
    }
    improve(weights, o, importance, i);
    write(weights, o, blocks, at);
  }

  private static int nearest(float scaled, int largest) {
    return Math.max(0, Math.min(largest, (int) (scaled + 0.5f)));
  }

  /** Sets the scale and minimum of a sub-block as if they were not to be quantized. */
  private void fitAlone(float[] weights, int o, float[] importance, int i, int sub) {
    float min = 0;
    float max = weights[o];
    for (int k = 0; k < SUB; k++) {
      min = Math.min(min, weights[o + k]);
      max = Math.max(max, weights[o + k]);
    }
    realScales[sub] = (max - min) / last;
    realMinima[sub] = -min;
    if (max == min) {
      return;
    }
    float leastError = Float.POSITIVE_INFINITY;
    for (float extra : EXTRA_STEPS) {
      float inverse = (last + extra) / (max - min);
      double sum = 0;
      double sumQ = 0;
      double sumQq = 0;
      double sumW = 0;
      double sumQw = 0;
      for (int k = 0; k < SUB; k++) {
        int q = nearest((weights[o + k] - min) * inverse, last);
        float counts = importance[i + k];
        float countsQ = counts * q;
        sum += counts;
        sumQ += countsQ;
        sumQq += countsQ * q;
        sumW += counts * weights[o + k];
        sumQw += countsQ * weights[o + k];
      }
      double spread = sum * sumQq - sumQ * sumQ;
      if (!(spread > 0)) {
        continue; // all codes are equal
      }
      double scale = (sum * sumQw - sumQ * sumW) / spread;
      double minimum = (sumQ * sumQw - sumQq * sumW) / spread;
      if (minimum < 0) {
        minimum = 0;
        scale = sumQw / sumQq;
      }
      float error = error(weights, o, importance, i, (float) scale, (float) minimum);
      if (scale > 0 && error < leastError) {
        leastError = error;
        realScales[sub] = (float) scale;
        realMinima[sub] = (float) minimum;
      }
    }
  }

  /** The squared error of a sub-block with the nearest codes. */
  private float error(
      float[] weights, int o, float[] importance, int i, float scale, float minimum) {
    float inverse = F16Scale.inverse(scale);
    float sum = 0;
    for (int k = 0; k < SUB; k++) {
      float above = weights[o + k] + minimum;
      float miss = nearest(above * inverse, last) * scale - above;
      sum += importance[i + k] * miss * miss;
    }
    return sum;
  }

  private void improve(float[] weights, int o, float[] importance, int i) {
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
      best.set(state);
      fitTogether(weights, o, importance, i);
    }
    state.set(best);
  }

  /** Takes the best of the scales and minima next to those of a sub-block; returns its error. */
  private float chooseScale(float[] weights, int o, float[] importance, int i, int sub) {
    int scale = state.scales[sub];
    int minimum = state.minima[sub];
    float leastError = error(weights, o, importance, i, scale * state.d, minimum * state.dMin);
    for (int sc = Math.max(scale - 1, 0); sc <= Math.min(scale + 1, LARGEST_SCALE); sc++) {
      for (int m = Math.max(minimum - 1, 0); m <= Math.min(minimum + 1, LARGEST_SCALE); m++) {
        float error = error(weights, o, importance, i, sc * state.d, m * state.dMin);
        if (error < leastError) {
          leastError = error;
          state.scales[sub] = sc;
          state.minima[sub] = m;
        }
      }
    }
    return leastError;
  }

  /** Sets d and dMin to the best ones for all codes that they give now. */
  private void fitTogether(float[] weights, int o, float[] importance, int i) {
    double sumQq = 0;
    double sumQm = 0;
    double sumMm = 0;
    double sumQw = 0;
    double sumMw = 0;
    chooseCodes(weights, o);
    for (int k = 0; k < SUBS * SUB; k++) {
      double counts = importance[i + k];
      double q = (double) state.scales[k / SUB] * codes[k];
      double m = state.minima[k / SUB];
      sumQq += counts * q * q;
      sumQm += counts * q * m;
      sumMm += counts * m * m;
      sumQw += counts * q * weights[o + k];
      sumMw += counts * m * weights[o + k];
    }
    double spread = sumQq * sumMm - sumQm * sumQm;
    if (spread > 0) {
      state.d = F16Scale.round(Math.max((sumQw * sumMm - sumQm * sumMw) / spread, 0));
      state.dMin = F16Scale.round(Math.max((sumQm * sumQw - sumQq * sumMw) / spread, 0));
    } else if (sumQq > 0) {
      state.d = F16Scale.round(Math.max(sumQw / sumQq, 0));
    }
  }

  private void chooseCodes(float[] weights, int o) {
    for (int sub = 0; sub < SUBS; sub++) {
      float inverse = F16Scale.inverse(state.scales[sub] * state.d);
      float minimum = state.minima[sub] * state.dMin;
      for (int k = SUB * sub; k < SUB * (sub + 1); k++) {
        codes[k] = nearest((weights[o + k] + minimum) * inverse, last);
      }
    }
  }

  private void write(float[] weights, int o, MemorySegment blocks, long at) {
    chooseCodes(weights, o);
    Bits.writeHalf(blocks, at, state.d);
    Bits.writeHalf(blocks, at + 2, state.dMin);
    writeScales(blocks, at + 4);
    long nibbles = at + 16;
    if (last == 31) {
      writeFifthBits(blocks, nibbles);
      nibbles += SUB;
    }
    for (int pair = 0; pair < SUBS / 2; pair++) {
      int from = 2 * SUB * pair;
      for (int l = 0; l < SUB; l++) {
        int packed = (codes[from + l] & 0xf) | (codes[from + SUB + l] & 0xf) << 4;
        Bits.writeByte(blocks, nibbles + (long) SUB * pair + l, packed);
      }
    }
  }

  /** The upper two bits of the last four scales and minima are above the 6 bits of the others. */
  private void writeScales(MemorySegment blocks, long at) {
    for (int j = 0; j < 4; j++) {
      int scale = state.scales[j + 4];
      int minimum = state.minima[j + 4];
      Bits.writeByte(blocks, at + j, state.scales[j] | scale >> 4 << 6);
      Bits.writeByte(blocks, at + j + 4, state.minima[j] | minimum >> 4 << 6);
      Bits.writeByte(blocks, at + j + 8, (scale & 0xf) | (minimum & 0xf) << 4);
    }
  }

  private void writeFifthBits(MemorySegment blocks, long at) {
    for (int l = 0; l < SUB; l++) {
      int bits = 0;
      for (int sub = 0; sub < SUBS; sub++) {
        bits |= codes[SUB * sub + l] >> 4 << sub;
      }
      Bits.writeByte(blocks, at + l, bits);
    }
  }
}
