package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/** Decoders of the formats without blocks: one weight a "block". */
final class WideBlocks {
  private WideBlocks() {}

  static void f32(MemorySegment blocks, long at, float[] out, int o) {
    out[o] = Float.intBitsToFloat(Bits.integer(blocks, at));
  }

  static void f16(MemorySegment blocks, long at, float[] out, int o) {
    out[o] = Bits.half(blocks, at);
  }

  /** BF16 is the upper half of an F32. */
  static void bf16(MemorySegment blocks, long at, float[] out, int o) {
    out[o] = Float.intBitsToFloat(Bits.unsignedShort(blocks, at) << 16);
  }
}
