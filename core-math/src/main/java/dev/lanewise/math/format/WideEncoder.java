package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/** Encoders of the formats without blocks, rounding to nearest, ties to even. */
final class WideEncoder {
  private WideEncoder() {}

  static void f32(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    Bits.writeInteger(blocks, at, Float.floatToRawIntBits(weights[o]));
  }

  static void f16(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    Bits.writeHalf(blocks, at, weights[o]);
  }

  /** Adds just below half of the last bit kept, and that bit itself so that ties go to even. */
  static void bf16(
      float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at) {
    int bits = Float.floatToRawIntBits(weights[o]);
    Bits.writeShort(blocks, at, (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }
}
