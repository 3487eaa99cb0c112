package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * Decoders of the 32-element formats with one F16 scale a block. Where weights are nibbles, byte j
 * holds element j in its low and element j + 16 in its high half.
 */
final class LegacyBlocks {
  private static final int HALF_BLOCK = 16;

  private LegacyBlocks() {}

  /** F16 d, 16 bytes of nibbles; weight = (q - 8) d. */
  static void q4Zero(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at);
    for (int j = 0; j < HALF_BLOCK; j++) {
      int packed = Bits.unsignedByte(blocks, at + 2 + j);
      out[o + j] = ((packed & 0xf) - 8) * d;
      out[o + j + HALF_BLOCK] = ((packed >> 4) - 8) * d;
    }
  }

  /** F16 d, F16 m, 16 bytes of nibbles; weight = q d + m. */
  static void q4One(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at);
    float m = Bits.half(blocks, at + 2);
    for (int j = 0; j < HALF_BLOCK; j++) {
      int packed = Bits.unsignedByte(blocks, at + 4 + j);
      out[o + j] = (packed & 0xf) * d + m;
      out[o + j + HALF_BLOCK] = (packed >> 4) * d + m;
    }
  }

  /** F16 d, 32 fifth bits (bit j of element j), 16 bytes of nibbles; weight = (q - 16) d. */
  static void q5Zero(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at);
    int fifth = Bits.integer(blocks, at + 2);
    for (int j = 0; j < HALF_BLOCK; j++) {
      int packed = Bits.unsignedByte(blocks, at + 6 + j);
      out[o + j] = (((packed & 0xf) | (fifth >>> j & 1) << 4) - 16) * d;
      out[o + j + HALF_BLOCK] = ((packed >> 4 | (fifth >>> (j + HALF_BLOCK) & 1) << 4) - 16) * d;
    }
  }

  /** F16 d, F16 m, 32 fifth bits, 16 bytes of nibbles; weight = q d + m. */
  static void q5One(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at);
    float m = Bits.half(blocks, at + 2);
    int fifth = Bits.integer(blocks, at + 4);
    for (int j = 0; j < HALF_BLOCK; j++) {
      int packed = Bits.unsignedByte(blocks, at + 8 + j);
      out[o + j] = ((packed & 0xf) | (fifth >>> j & 1) << 4) * d + m;
      out[o + j + HALF_BLOCK] = (packed >> 4 | (fifth >>> (j + HALF_BLOCK) & 1) << 4) * d + m;
    }
  }

  /** F16 d, 32 signed bytes; weight = q d. */
  static void q8Zero(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at);
    for (int j = 0; j < 32; j++) {
      out[o + j] = Bits.signedByte(blocks, at + 2 + j) * d;
    }
  }
}
