package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * Decoders of the 256-element formats ("K-quants"): sub-blocks whose scales are quantized
 * themselves.
 */
final class SuperBlocks {
  private SuperBlocks() {}

  /**
   * F16 d, F16 dmin, 12 bytes of 6-bit scales and mins, 128 bytes of nibbles; weight = d sc q -
   * dmin m.
   */
  static void q4(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at);
    float dMin = Bits.half(blocks, at + 2);
    for (int pair = 0; pair < 4; pair++) {
      for (int high = 0; high < 2; high++) {
        int sub = 2 * pair + high;
        float scale = d * scale(blocks, at + 4, sub);
        float min = dMin * min(blocks, at + 4, sub);
        for (int l = 0; l < 32; l++) {
          int nibble = Bits.unsignedByte(blocks, at + 16 + 32L * pair + l) >> 4 * high & 0xf;
          out[o + 32 * sub + l] = scale * nibble - min;
        }
      }
    }
  }

  /**
   * As Q4_K, with 32 bytes of fifth bits (bit s of byte l: element l of sub-block s) before the
   * nibbles.
   */
  static void q5(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at);
    float dMin = Bits.half(blocks, at + 2);
    for (int sub = 0; sub < 8; sub++) {
      float scale = d * scale(blocks, at + 4, sub);
      float min = dMin * min(blocks, at + 4, sub);
      for (int l = 0; l < 32; l++) {
        int nibble =
            Bits.unsignedByte(blocks, at + 48 + 32L * (sub / 2) + l) >> 4 * (sub % 2) & 0xf;
        int fifth = Bits.unsignedByte(blocks, at + 16 + l) >> sub & 1;
        out[o + 32 * sub + l] = scale * (nibble | fifth << 4) - min;
      }
    }
  }

  /**
   * 128 bytes of low nibbles, 64 of upper bit pairs, 16 signed scales, F16 d; weight = d sc (q -
   * 32).
   */
  static void q6(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at + 208);
    for (int half = 0; half < 2; half++) {
      for (int quarter = 0; quarter < 4; quarter++) {
        for (int l = 0; l < 32; l++) {
          int low = Bits.unsignedByte(blocks, at + 64L * half + 32L * (quarter % 2) + l);
          int high = Bits.unsignedByte(blocks, at + 128 + 32L * half + l);
          int q = (low >> 4 * (quarter / 2) & 0xf) | (high >> 2 * quarter & 3) << 4;
          int scale = Bits.signedByte(blocks, at + 192 + 8L * half + 2L * quarter + l / 16);
          out[o + 128 * half + 32 * quarter + l] = d * scale * (q - 32);
        }
      }
    }
  }

  /** The 6-bit scale of sub-block {@code j} in the 12 packed bytes at {@code at}. */
  private static int scale(MemorySegment blocks, long at, int j) {
    return j < 4
        ? Bits.unsignedByte(blocks, at + j) & 63
        : (Bits.unsignedByte(blocks, at + j + 4) & 0xf)
            | Bits.unsignedByte(blocks, at + j - 4) >> 6 << 4;
  }

  /** The 6-bit minimum of sub-block {@code j}. */
  private static int min(MemorySegment blocks, long at, int j) {
    return j < 4
        ? Bits.unsignedByte(blocks, at + j + 4) & 63
        : Bits.unsignedByte(blocks, at + j + 4) >> 4 | Bits.unsignedByte(blocks, at + j) >> 6 << 4;
  }
}
