package dev.lanewise.bench.synth;

import dev.lanewise.math.format.BlockFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/**
 * Blocks of random bits whose scales make the weights have a mean of about 0 and a standard
 * deviation of about {@link #DEVIATION}, so that activations stay of the order of 1 through all
 * layers. A block's scale varies by a quarter of it up and down.
 */
final class RandomBlocks {
  /** What trained models of these shapes have, too. */
  static final double DEVIATION = 0.02;

  /** Root mean squares of the random codes of a format, where all codes are equally likely. */
  private static final double RMS_4_BITS = Math.sqrt((16 * 16 - 1) / 12.0);

  private static final double RMS_5_BITS = Math.sqrt((32 * 32 - 1) / 12.0);
  private static final double RMS_6_BITS = Math.sqrt((64 * 64 - 1) / 12.0);
  private static final double RMS_8_BITS = Math.sqrt((256 * 256 - 1) / 12.0);
  private static final double RMS_IQ4_NL = 67.4;

  /** Of the 6-bit scales 0 to 63 of the K formats, which have no sign. */
  private static final double RMS_UNSIGNED_6_BITS = Math.sqrt(63 * 127 / 6.0);

  /** Half of the width of a uniform distribution around 0. */
  private static final float UNIFORM = (float) (DEVIATION * Math.sqrt(3));

  private RandomBlocks() {}

  /** Fills a little-endian buffer, from 0 to its capacity, with whole blocks of a format. */
  static void fill(BlockFormat format, ByteBuffer out, RandomGenerator random) {
    if (out.order() != ByteOrder.LITTLE_ENDIAN || out.capacity() % format.blockBytes() != 0) {
      throw new IllegalArgumentException("not a little-endian buffer of whole blocks");
    }
    int at = 0;
    for (; at + 8 <= out.capacity(); at += 8) {
      out.putLong(at, random.nextLong());
    }
    for (; at < out.capacity(); at++) {
      out.put(at, (byte) random.nextInt());
    }
    for (int block = 0; block < out.capacity(); block += format.blockBytes()) {
      scale(format, out, block);
    }
  }

  /** Replaces the scale fields of a block, or the weights themselves where it has none. */
  private static void scale(BlockFormat format, ByteBuffer out, int at) {
    switch (format) {
      case F32 -> out.putFloat(at, out.getInt(at) * 0x1p-31f * UNIFORM);
      case F16 -> out.putShort(at, Float.floatToFloat16(out.getShort(at) * 0x1p-15f * UNIFORM));
      case BF16 -> {
        float weight = out.getShort(at) * 0x1p-15f * UNIFORM;
        out.putShort(at, (short) (Float.floatToRawIntBits(weight) >>> 16));
      }
      case Q4_0 -> signedScale(out, at, RMS_4_BITS);
      case Q5_0 -> signedScale(out, at, RMS_5_BITS);
      case Q8_0 -> signedScale(out, at, RMS_8_BITS);
      case IQ4_NL -> signedScale(out, at, RMS_IQ4_NL);
      case Q6_K -> signedScale(out, at + 208, RMS_6_BITS * RMS_8_BITS);
      case Q4_1 -> scaleAndMinimum(out, at, RMS_4_BITS, -7.5f);
      case Q5_1 -> scaleAndMinimum(out, at, RMS_5_BITS, -15.5f);
      case Q4_K -> superScales(out, at, RMS_4_BITS, 7.5f);
      case Q5_K -> superScales(out, at, RMS_5_BITS, 15.5f);
      case MXFP4 -> out.put(at, (byte) (119 + (out.get(at) & 1))); // 2^-8 or 2^-7
      case NVFP4 -> {
        for (int group = 0; group < 4; group++) {
          out.put(at + group, (byte) (2 + (out.get(at + group) & 3))); // 2 to 5 times 2^-9
        }
      }
    }
  }

  /** A scale of random size; what bits there are decides. */
  private static float scale(short bits, double rms) {
    return (float) (DEVIATION / rms) * (0.75f + (bits & 0x7fff) * 0x1p-16f);
  }

  /** Of random sign as well, since the codes of these formats are not symmetric around 0. */
  private static void signedScale(ByteBuffer out, int at, double rms) {
    short bits = out.getShort(at);
    float d = scale(bits, rms);
    out.putShort(at, Float.floatToFloat16(bits < 0 ? -d : d));
  }

  private static void scaleAndMinimum(ByteBuffer out, int at, double rms, float minimum) {
    float d = scale(out.getShort(at), rms);
    out.putShort(at, Float.floatToFloat16(d));
    out.putShort(at + 2, Float.floatToFloat16(minimum * d));
  }

  /** Makes the minimum of each sub-block its scale, which stands for the middle of its codes. */
  private static void superScales(ByteBuffer out, int at, double rms, float middle) {
    float d = scale(out.getShort(at), rms * RMS_UNSIGNED_6_BITS);
    out.putShort(at, Float.floatToFloat16(d));
    out.putShort(at + 2, Float.floatToFloat16(middle * d));
    for (int j = 0; j < 4; j++) {
      out.put(at + 8 + j, out.get(at + 4 + j));
      int low = out.get(at + 12 + j) & 0xf;
      out.put(at + 12 + j, (byte) (low | low << 4));
    }
  }
}
