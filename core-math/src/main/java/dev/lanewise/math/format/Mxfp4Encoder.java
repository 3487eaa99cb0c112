package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * The encoder of MXFP4. The standard's exponent, floor(log2(max)) - 2, brings the largest weight to
 * between 4 and 8, of which E2M1 cuts off what is above 6. Where that costs more than numbers twice
 * as far apart, the next exponent is better; where the largest weight stands alone, sometimes the
 * one before. The least squared error decides.
 */
final class Mxfp4Encoder implements BlockEncoder {
  private static final int BLOCK = 32;

  /** Of E8M0, which stores exponents from here on. */
  private static final int LEAST_EXPONENT = -127;

  /** Above it 4 and 6 leave F32. */
  private static final int LARGEST_EXPONENT = 125;

  private final int[] codes = new int[BLOCK];

  private final int below;
  private final int above;

  /** An encoder that tries exponents next to the standard's, or, if it is wide, further ones. */
  Mxfp4Encoder(boolean wide) {
    below = wide ? 4 : 1;
    above = wide ? 2 : 1;
  }

  @Override
  public void encode(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    float max = 0;
    for (int k = 0; k < BLOCK; k++) {
      max = Math.max(max, Math.abs(weights[o + k]));
    }
    int standard = Math.max(Math.getExponent(max) - 2, LEAST_EXPONENT);
    int best = standard;
    float leastError = error(weights, o, importance, i, standard);
    int last = Math.min(standard + above, LARGEST_EXPONENT);
    for (int exponent = Math.max(standard - below, LEAST_EXPONENT); exponent <= last; exponent++) {
      float unit = Math.scalb(1f, 2 * (exponent - standard));
      float error = unit * error(weights, o, importance, i, exponent);
      if (error < leastError) {
        leastError = error;
        best = exponent;
      }
    }
    float inverse = inverse(best);
    for (int k = 0; k < BLOCK; k++) {
      codes[k] = E2m1.code(weights[o + k] * inverse);
    }
    Bits.writeByte(blocks, at, best - LEAST_EXPONENT);
    Bits.writeNibbles(blocks, at + 1, codes, BLOCK / 2);
  }

  /** The squared error in units of the scale's square: huge and tiny weights stay within F32. */
  private static float error(float[] weights, int o, float[] importance, int i, int exponent) {
    float inverse = inverse(exponent);
    float sum = 0;
    for (int k = 0; k < BLOCK; k++) {
      float scaled = Math.abs(weights[o + k]) * inverse;
      float miss = scaled - E2m1.round(scaled);
      sum += importance[i + k] * miss * miss;
    }
    return sum;
  }

  /** 2^-exponent. */
  private static float inverse(int exponent) {
    return Float.intBitsToFloat(127 - exponent << 23);
  }
}
