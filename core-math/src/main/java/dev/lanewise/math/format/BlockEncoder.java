package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;

/**
 * Writes one block of finite weights that are in the range of its format. Not for sharing between
 * threads.
 */
interface BlockEncoder {
  /** Encodes {@code weights[o..]} into the block at {@code at}. */
  void encode(float[] weights, int o, MemorySegment blocks, long at);

  /**
   * A new encoder.
   *
   * @throws UnsupportedOperationException if the format is only read
   */
  static BlockEncoder of(BlockFormat format) {
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
      case MXFP4 -> new Mxfp4Encoder();
      case NVFP4 -> new Nvfp4Encoder();
      case Q4_K, Q5_K, Q6_K ->
          throw new UnsupportedOperationException(
              "weights cannot be converted to " + format + ", which is only read");
    };
  }
}
