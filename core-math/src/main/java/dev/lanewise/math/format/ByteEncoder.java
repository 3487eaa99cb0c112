package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/** The encoder of Q8_0. */
final class ByteEncoder {
  private static final int BLOCK = 32;

  private ByteEncoder() {}

  /** d = max |weight| / 127, q = weight / d rounded half away from zero. */
  static void q8Zero(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    float max = 0;
    for (int k = 0; k < BLOCK; k++) {
      max = Math.max(max, Math.abs(weights[o + k]));
    }
    float d = F16Scale.round(max / 127);
    float inverse = F16Scale.inverse(d);
    Bits.writeHalf(blocks, at, d);
    for (int k = 0; k < BLOCK; k++) {
      float scaled = weights[o + k] * inverse;
      int q = (int) (scaled + Math.copySign(0.5f, scaled));
      Bits.writeByte(blocks, at + 2 + k, Math.clamp(q, -127, 127));
    }
  }
}
