package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/** Decoders of the formats whose nibbles are indices into a table of values. */
public final class TableBlocks {
  /** Twice the values of E2M1 (OCP Microscaling Formats 1.0, section 5.3.3), which are integers. */
  private static final int[] DOUBLED_E2M1 = {
    0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12
  };

  /** The values of IQ4_NL, denser around zero, as llama.cpp defines them. */
  private static final int[] IQ4_NL = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private TableBlocks() {}

  /** Twice the value of an E2M1 code from 0 to 15. */
  public static int doubledE2m1(int code) {
    return DOUBLED_E2M1[code];
  }

  /** The value of an IQ4_NL code from 0 to 15. */
  public static int iq4Nl(int code) {
    return IQ4_NL[code];
  }

  /** F16 d, 16 bytes of nibbles (low: elements 0 to 15); weight = table[q] d. */
  static void iq4Nl(MemorySegment blocks, long at, float[] out, int o) {
    float d = Bits.half(blocks, at);
    for (int j = 0; j < 16; j++) {
      int packed = Bits.unsignedByte(blocks, at + 2 + j);
      out[o + j] = IQ4_NL[packed & 0xf] * d;
      out[o + j + 16] = IQ4_NL[packed >> 4] * d;
    }
  }

  /** E8M0 scale, 16 bytes of nibbles (low: elements 0 to 15); weight = E2M1 2^(e - 127). */
  static void mxfp4(MemorySegment blocks, long at, float[] out, int o) {
    float half = halfE8m0(Bits.unsignedByte(blocks, at));
    for (int j = 0; j < 16; j++) {
      int packed = Bits.unsignedByte(blocks, at + 1 + j);
      out[o + j] = DOUBLED_E2M1[packed & 0xf] * half;
      out[o + j + 16] = DOUBLED_E2M1[packed >> 4] * half;
    }
  }

  /**
   * Four E4M3 scales, then for each of four groups of 16 elements 8 bytes of nibbles (low: elements
   * 0 to 7); weight = E2M1 scale. A scale for the whole tensor lies elsewhere.
   */
  static void nvfp4(MemorySegment blocks, long at, float[] out, int o) {
    for (int group = 0; group < 4; group++) {
      float half = halfE4m3(Bits.unsignedByte(blocks, at + group));
      for (int j = 0; j < 8; j++) {
        int packed = Bits.unsignedByte(blocks, at + 4 + 8L * group + j);
        out[o + 16 * group + j] = DOUBLED_E2M1[packed & 0xf] * half;
        out[o + 16 * group + j + 8] = DOUBLED_E2M1[packed >> 4] * half;
      }
    }
  }

  /** 2^(e - 128): half of an E8M0 scale; NaN for 255, as the standard says. */
  static float halfE8m0(int e) {
    if (e == 255) {
      return Float.NaN;
    }
    return Math.scalb(1f, e - 128);
  }

  /** Half of an unsigned E4M3 scale; 0 for the codes of NaN, 127 and 255, as llama.cpp has it. */
  static float halfE4m3(int code) {
    int bits = code & 0x7f;
    if (bits == 0x7f) {
      return 0;
    }
    int exponent = bits >> 3;
    int mantissa = bits & 7;
    return exponent == 0
        ? Math.scalb((float) mantissa, -10)
        : Math.scalb((float) (8 + mantissa), exponent - 11);
  }
}
