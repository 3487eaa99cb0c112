package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * Writes one block of finite weights that are in the range of its format. Not for sharing between
 * threads.
 */
interface BlockEncoder {
  /**
   * Encodes {@code weights[o..]} into the block at {@code at}.
   *
   * @param importance what the squared error of each weight counts, from {@code i} on
   */
  void encode(float[] weights, int o, float[] importance, int i, MemorySegment blocks, long at);

  /**
   * A new encoder.
   *
   * @param wide see {@link ScaleSearch}
   */
  static BlockEncoder of(BlockFormat format, boolean wide) {
    return switch (format) {
      case F32 -> WideEncoder::f32;
      case F16 -> WideEncoder::f16;
      case BF16 -> WideEncoder::bf16;
      case Q4_0 -> TableEncoder.q4Zero();
      case Q4_1 -> new AffineEncoder(16);
      case Q5_0 -> TableEncoder.q5Zero();
      case Q5_1 -> new AffineEncoder(32);
      case Q8_0 -> ByteEncoder::q8Zero;
      case IQ4_NL -> TableEncoder.iq4Nl();
      case Q4_K -> new SuperEncoder(16);
      case Q5_K -> new SuperEncoder(32);
      case Q6_K -> new SixBitEncoder();
      case MXFP4 -> new Mxfp4Encoder(wide);
      case NVFP4 -> new Nvfp4Encoder(wide);
    };
  }
}
