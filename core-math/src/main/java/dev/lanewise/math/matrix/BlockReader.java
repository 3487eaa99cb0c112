package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.TableBlocks;

/**
 * Takes blocks of a file apart into the codes and scales that tiles are made of. The layouts of the
 * blocks are those that {@code BlockFormat} decodes.
 */
final class BlockReader {
  private final BlockFormat format;
  private final boolean asBytes;

  /** The codes of the block last read, as {@link Units} keeps them. */
  final byte[] codes;

  /** F16 bits of the scale, or of the factor of the scales. */
  short d;

  /** F16 bits of the minimum, or of the factor of the minima. */
  short m;

  /** The scales of the spans, where they are bytes. */
  final byte[] spanScales = new byte[16];

  /** The minima of the spans, where they are bytes. */
  final byte[] spanMinima = new byte[8];

  BlockReader(BlockFormat format, Units units) {
    this.format = format;
    this.asBytes = units == Units.BYTES;
    codes = new byte[format.blockSize()];
  }

  /** Reads the block at {@code at}. */
  void read(byte[] blocks, int at) {
    switch (format) {
      case Q4_0 -> {
        d = half(blocks, at);
        nibbles(blocks, at + 2, 0, 32);
      }
      case Q4_1 -> {
        d = half(blocks, at);
        m = half(blocks, at + 2);
        nibbles(blocks, at + 4, 0, 32);
      }
      case Q5_0 -> {
        d = half(blocks, at);
        fives(blocks, at + 2);
      }
      case Q5_1 -> {
        d = half(blocks, at);
        m = half(blocks, at + 2);
        fives(blocks, at + 4);
      }
      case Q8_0 -> {
        d = half(blocks, at);
        for (int k = 0; k < 32; k++) {
          codes[k] = (byte) (blocks[at + 2 + k] ^ 0x80);
        }
      }
      case IQ4_NL -> {
        d = half(blocks, at);
        nibbles(blocks, at + 2, 0, 32);
        for (int k = 0; k < 32; k++) {
          codes[k] = (byte) (TableBlocks.iq4Nl(codes[k]) ^ 0x80);
        }
      }
      case Q4_K -> {
        superScales(blocks, at);
        for (int pair = 0; pair < 4; pair++) {
          nibbles(blocks, at + 16 + 32 * pair, 64 * pair, 64);
        }
      }
      case Q5_K -> {
        superScales(blocks, at);
        fiveSuper(blocks, at);
      }
      case Q6_K -> six(blocks, at);
      case MXFP4 -> {
        spanScales[0] = blocks[at];
        nibbles(blocks, at + 1, 0, 32);
        doubledE2m1();
      }
      case NVFP4 -> {
        for (int group = 0; group < 4; group++) {
          spanScales[group] = unsignedE4m3(blocks[at + group]);
          nibbles(blocks, at + 4 + 8 * group, 16 * group, 16);
        }
        doubledE2m1();
      }
      case F32, F16, BF16 -> throw new IllegalArgumentException(format + " has no blocks");
    }
  }

  /** {@code count / 2} bytes: the lower nibbles are the first half of the codes. */
  private void nibbles(byte[] blocks, int at, int to, int count) {
    for (int j = 0; j < count / 2; j++) {
      codes[to + j] = (byte) (blocks[at + j] & 0xf);
      codes[to + count / 2 + j] = (byte) (blocks[at + j] >> 4 & 0xf);
    }
  }

  /** Codes of E2M1 become doubled values where the units are bytes. */
  private void doubledE2m1() {
    if (asBytes) {
      for (int k = 0; k < codes.length; k++) {
        codes[k] = (byte) (TableBlocks.doubledE2m1(codes[k]) ^ 0x80);
      }
    }
  }

  /** The code of NaN counts as zero, as in {@code BlockFormat}; the sign has no meaning. */
  private static byte unsignedE4m3(byte code) {
    return (code & 0x7f) == 0x7f ? 0 : (byte) (code & 0x7f);
  }

  /** 32 fifth bits, 16 bytes of nibbles: codes from 0 to 31, centred. */
  private void fives(byte[] blocks, int at) {
    int fifths = (half(blocks, at) & 0xffff) | (half(blocks, at + 2) & 0xffff) << 16;
    nibbles(blocks, at + 4, 0, 32);
    for (int k = 0; k < 32; k++) {
      codes[k] = centredFive(codes[k] | (fifths >>> k & 1) << 4);
    }
  }

  private void fiveSuper(byte[] blocks, int at) {
    for (int k = 0; k < 256; k++) {
      int span = k / 32;
      int nibble = blocks[at + 48 + 32 * (span / 2) + k % 32] >> 4 * (span % 2) & 0xf;
      int fifth = blocks[at + 16 + k % 32] >> span & 1;
      codes[k] = centredFive(nibble | fifth << 4);
    }
  }

  private static byte centredFive(int code) {
    return (byte) (code - 16 ^ 0x80);
  }

  private void six(byte[] blocks, int at) {
    d = half(blocks, at + 208);
    System.arraycopy(blocks, at + 192, spanScales, 0, 16);
    for (int half = 0; half < 2; half++) {
      for (int l = 0; l < 32; l++) {
        int first = blocks[at + 64 * half + l] & 0xff;
        int second = blocks[at + 64 * half + 32 + l] & 0xff;
        int upper = blocks[at + 128 + 32 * half + l] & 0xff;
        int to = 128 * half + l;
        codes[to] = (byte) (first & 0xf | (upper & 3) << 4);
        codes[to + 32] = (byte) (second & 0xf | (upper >> 2 & 3) << 4);
        codes[to + 64] = (byte) (first >> 4 | (upper >> 4 & 3) << 4);
        codes[to + 96] = (byte) (second >> 4 | upper >> 6 << 4);
      }
    }
  }

  /** d, dMin, and eight 6-bit scales and minima in 12 bytes. */
  private void superScales(byte[] blocks, int at) {
    d = half(blocks, at);
    m = half(blocks, at + 2);
    int packed = at + 4;
    for (int j = 0; j < 4; j++) {
      spanScales[j] = (byte) (blocks[packed + j] & 63);
      spanMinima[j] = (byte) (blocks[packed + j + 4] & 63);
      int last = blocks[packed + j + 8] & 0xff;
      spanScales[j + 4] = (byte) (last & 0xf | (blocks[packed + j] & 0xff) >> 6 << 4);
      spanMinima[j + 4] = (byte) (last >> 4 | (blocks[packed + j + 4] & 0xff) >> 6 << 4);
    }
  }

  private static short half(byte[] bytes, int at) {
    return (short) (bytes[at] & 0xff | bytes[at + 1] << 8);
  }
}
