package dev.lanewise.math.kernel;

/**
 * Where keys and values lie in a block: {@link #POSITIONS} positions of one KV head of one layer.
 *
 * <p>Keys are {@code [dims][positions]} and values {@code [positions][dims]}, with {@code dims} the
 * head's dimension filled up with zeros to a multiple of 32: so scores have a position, and
 * weighted sums a dimension, in each vector lane, and neither has to be summed across lanes.
 *
 * <p>F32 and INT8 are in this order. BF16 come in pairs, the two halves of a run beside each other:
 * a 32-bit lane i holds element i in its lower half and element i + run / 2 in its upper half,
 * where a run is the 32 positions of one dimension of the keys, or the dimensions of one value.
 * Shifting lanes left, and clearing their lower halves, gives F32 in natural order, whatever the
 * width of a vector. INT8 blocks end with the scales of their 32 keys, then those of their 32
 * values, in F32.
 *
 * @param headDim elements of a key and of a value
 */
public record KvLayout(KvFormat format, int headDim) {
  /** Positions of a block. */
  public static final int POSITIONS = 32;

  private static final int DIM_MULTIPLE = 32;

  /** Elements of a key or value in memory. */
  public int dims() {
    return (headDim + DIM_MULTIPLE - 1) / DIM_MULTIPLE * DIM_MULTIPLE;
  }

  /** Bytes of a block; a multiple of 64. */
  public long blockBytes() {
    return valueScales(0) + (format == KvFormat.INT8 ? 4L * POSITIONS : 0);
  }

  /** Where the values of the block at {@code block} start; its keys are at its start. */
  long values(long block) {
    return block + (long) POSITIONS * dims() * format.bytes();
  }

  /** Where the scales of the keys of an INT8 block start. */
  long keyScales(long block) {
    return values(block) + (long) POSITIONS * dims() * format.bytes();
  }

  /** Where the scales of the values of an INT8 block start. */
  long valueScales(long block) {
    return keyScales(block) + (format == KvFormat.INT8 ? 4L * POSITIONS : 0);
  }

  /** Where element {@code d} of the key at {@code position} of the block is. */
  long key(long block, int d, int position) {
    return block + element((long) d * POSITIONS, position, POSITIONS);
  }

  /** Where element {@code d} of the value at {@code position} of the block is. */
  long value(long block, int position, int d) {
    return values(block) + element((long) position * dims(), d, dims());
  }

  /**
   * Bytes from the start of the keys or values to element {@code i} of the run that starts there.
   */
  private long element(long start, int i, int run) {
    if (format == KvFormat.BF16) {
      int half = run / 2;
      return 2 * (start + (i < half ? 2L * i : 2L * (i - half) + 1));
    }
    return (start + i) * format.bytes();
  }
}
