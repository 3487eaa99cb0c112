package dev.lanewise.math.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The weight formats this project reads, by their GGUF names. A row of weights is a sequence of
 * blocks of {@link #blockSize()} elements, each {@link #blockBytes()} long; {@link #decode} is the
 * definition of every format, and {@link #encode} its inverse.
 */
public enum BlockFormat {
  F32(0, 1, 4),
  F16(1, 1, 2),
  BF16(30, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  IQ4_NL(20, 32, 18),
  MXFP4(39, 32, 17),
  NVFP4(40, 64, 36);

  private final int ggufId;
  private final int blockSize;
  private final int blockBytes;

  BlockFormat(int ggufId, int blockSize, int blockBytes) {
    this.ggufId = ggufId;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /** The type id of this format in a GGUF file's tensor directory. */
  public int ggufId() {
    return ggufId;
  }

  /** Elements in a block. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes in a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * The bytes that {@code elements} weights take.
   *
   * @throws IllegalArgumentException if they do not fill whole blocks or the size overflows
   */
  public long bytesFor(long elements) {
    if (elements < 0 || elements % blockSize != 0) {
      throw new IllegalArgumentException(
          elements + " elements do not fill whole " + this + " blocks of " + blockSize);
    }
    try {
      return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(elements + " elements of " + this + " overflow", overflow);
    }
  }

  /** The format of a GGUF type id, or empty where this project does not read it. */
  public static Optional<BlockFormat> ofGgufId(int id) {
    for (BlockFormat format : values()) {
      if (format.ggufId == id) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  /**
   * Decodes {@code count} weights (whole blocks) that start at {@code byteOffset} into {@code
   * out[outOffset..]}.
   *
   * @throws IllegalArgumentException if {@code count} does not fill whole blocks
   */
  public void decode(MemorySegment blocks, long byteOffset, float[] out, int outOffset, int count) {
    if (count % blockSize != 0) {
      throw new IllegalArgumentException(count + " is no multiple of " + blockSize);
    }
    long at = byteOffset;
    for (int o = outOffset; o < outOffset + count; o += blockSize) {
      decodeBlock(blocks, at, out, o);
      at += blockBytes;
    }
  }

  private void decodeBlock(MemorySegment blocks, long at, float[] out, int o) {
    switch (this) {
      case F32 -> WideBlocks.f32(blocks, at, out, o);
      case F16 -> WideBlocks.f16(blocks, at, out, o);
      case BF16 -> WideBlocks.bf16(blocks, at, out, o);
      case Q4_0 -> LegacyBlocks.q4Zero(blocks, at, out, o);
      case Q4_1 -> LegacyBlocks.q4One(blocks, at, out, o);
      case Q5_0 -> LegacyBlocks.q5Zero(blocks, at, out, o);
      case Q5_1 -> LegacyBlocks.q5One(blocks, at, out, o);
      case Q8_0 -> LegacyBlocks.q8Zero(blocks, at, out, o);
      case Q4_K -> SuperBlocks.q4(blocks, at, out, o);
      case Q5_K -> SuperBlocks.q5(blocks, at, out, o);
      case Q6_K -> SuperBlocks.q6(blocks, at, out, o);
      case IQ4_NL -> TableBlocks.iq4Nl(blocks, at, out, o);
      case MXFP4 -> TableBlocks.mxfp4(blocks, at, out, o);
      case NVFP4 -> TableBlocks.nvfp4(blocks, at, out, o);
    }
  }

  /**
   * Encodes {@code count} weights (whole blocks) from {@code weights[offset..]} into the blocks
   * that start at {@code byteOffset}. A block is quantized by itself, for the least squared error
   * among a few scales, so equal weights give equal blocks.
   *
   * @throws IllegalArgumentException if {@code count} does not fill whole blocks, or a weight is
   *     not finite or too large for the format; the weight is named by its index from {@code
   *     offset}
   */
  public void encode(
      float[] weights, int offset, MemorySegment blocks, long byteOffset, int count) {
    encode(weights, offset, ScaleSearch.USUAL, blocks, byteOffset, count);
  }

  /**
   * As {@link #encode(float[], int, MemorySegment, long, int)}, with scales chosen as asked for.
   *
   * @param search its importance has {@code count} elements, where it has one
   */
  public void encode(
      float[] weights,
      int offset,
      ScaleSearch search,
      MemorySegment blocks,
      long byteOffset,
      int count) {
    if (count % blockSize != 0) {
      throw new IllegalArgumentException(count + " is no multiple of " + blockSize);
    }
    BlockEncoder encoder = BlockEncoder.of(this, search.wide());
    checkRange(weights, offset, count);
    float[] importance = search.importance().orElse(EqualImportance.OF_A_BLOCK);
    int step = search.importance().isPresent() ? blockSize : 0;
    for (int block = 0; block < count / blockSize; block++) {
      encoder.encode(
          weights,
          offset + block * blockSize,
          importance,
          block * step,
          blocks,
          byteOffset + (long) block * blockBytes);
    }
  }

  /** The importance of the weights of any block where all count the same. */
  private static final class EqualImportance {
    static final float[] OF_A_BLOCK = new float[256];

    static {
      Arrays.fill(OF_A_BLOCK, 1);
    }
  }

  /** The largest magnitude that {@link #encode} takes: codes and scale at their limits. */
  float largest() {
    float half = 65504;
    return switch (this) {
      case F32, MXFP4 -> Float.MAX_VALUE;
      case BF16 -> Float.intBitsToFloat(0x7f7f0000);
      case F16, Q4_1, Q5_1 -> half;
      case Q4_0 -> 8 * half;
      case Q5_0 -> 16 * half;
      case Q8_0, IQ4_NL -> 127 * half;
      case NVFP4 -> 6 * 448;
      case Q4_K, Q5_K -> 63 * half;
      case Q6_K -> 30 * 127 * half;
    };
  }

  private void checkRange(float[] weights, int offset, int count) {
    float largest = largest();
    for (int i = 0; i < count; i++) {
      float weight = weights[offset + i];
      if (!(Math.abs(weight) <= largest)) { // so written, it catches NaN too
        throw new IllegalArgumentException(
            "weight %d is %s; %s holds finite weights of at most %s"
                .formatted(i, weight, this, largest));
      }
    }
  }
}
