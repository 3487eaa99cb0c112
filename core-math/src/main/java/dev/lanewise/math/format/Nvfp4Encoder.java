package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * The encoder of NVFP4. The usual scale of a group of 16, max / 6, brings the largest weight to 6,
 * the last E2M1 number; max / 4 brings it to 4, which loses range but has more numbers where the
 * weights just below it are. All E4M3 scales from just below the one to just above the other are
 * tried, and the least squared error decides.
 */
final class Nvfp4Encoder implements BlockEncoder {
  private static final int GROUPS = 4;
  private static final int GROUP = 16;
  private static final int LARGEST_CODE = 126;
  private static final float[] SCALES = new float[LARGEST_CODE + 1];
  private static final float[] INVERSES = new float[LARGEST_CODE + 1];

  static {
    for (int code = 1; code <= LARGEST_CODE; code++) {
      SCALES[code] = 2 * TableBlocks.halfE4m3(code);
      INVERSES[code] = 1 / SCALES[code];
    }
  }

  private final int[] codes = new int[GROUP];
  private final float most;
  private final float least;

  /** An encoder that brings the largest weight to 4 up to 6, or, if it is wide, to 2 up to 24. */
  Nvfp4Encoder(boolean wide) {
    most = wide ? 24 : 6;
    least = wide ? 2 : 4;
  }

  @Override
  public void encode(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    for (int group = 0; group < GROUPS; group++) {
      int from = o + GROUP * group;
      int scale = scale(weights, from, importance, i + GROUP * group);
      for (int k = 0; k < GROUP; k++) {
        codes[k] = E2m1.code(weights[from + k] * INVERSES[scale]);
      }
      Bits.writeByte(blocks, at + group, scale);
      Bits.writeNibbles(blocks, at + GROUPS + 8L * group, codes, GROUP / 2);
    }
  }

  /** The E4M3 code of the best scale. */
  private int scale(float[] weights, int o, float[] importance, int i) {
    float max = 0;
    for (int k = 0; k < GROUP; k++) {
      max = Math.max(max, Math.abs(weights[o + k]));
    }
    if (max == 0) {
      return 0;
    }
    int first = Math.max(floor(max / most) - 1, 1);
    int last = Math.min(floor(max / least) + 1, LARGEST_CODE);
    int best = 0;
    float leastError = Float.POSITIVE_INFINITY;
    for (int code = first; code <= last; code++) {
      float error = error(weights, o, importance, i, code);
      if (error < leastError) {
        leastError = error;
        best = code;
      }
    }
    return best;
  }

  private static float error(float[] weights, int o, float[] importance, int i, int code) {
    float scale = SCALES[code];
    float inverse = INVERSES[code];
    float sum = 0;
    for (int k = 0; k < GROUP; k++) {
      float weight = Math.abs(weights[o + k]);
      float miss = weight - E2m1.round(weight * inverse) * scale;
      sum += importance[i + k] * miss * miss;
    }
    return sum;
  }

  /** The code of the largest E4M3 number that is not above {@code v}. */
  private static int floor(float v) {
    return v < 0x1p-6f
        ? (int) (v * 0x1p9f)
        : Math.min((Float.floatToRawIntBits(v) >>> 20) - (127 - 7 << 3), LARGEST_CODE);
  }
}
