package dev.lanewise.math.matrix;

/**
 * Input columns of matrix products: in F32, and rounded to 8 bits in blocks of 32 with a scale
 * each, {@code x = scale q} with q in -127..127, as the Q8_0 format rounds. Beside q stands, ready
 * for the kernels, what they would otherwise compute for every tile.
 *
 * <p>The floats are filled by whoever computes them; {@code ProductKernels.round} makes the 8-bit
 * form. Different blocks may be filled and rounded by different threads.
 */
public final class Inputs {
  /** Inputs that share a scale. */
  public static final int BLOCK = 32;

  /** Columns that are interleaved. */
  public static final int GROUP = 8;

  /** The largest magnitude of q. */
  public static final int MOST = 127;

  /** Inputs whose 8-bit values are summed for the kernels. */
  public static final int RUN = 8;

  /** Takes back that a 16-bit sum is in the upper half of 32 bits. */
  private static final float UPPER_FACTOR = 0x1p-16f;

  private final int stride;
  private final float[] floats;
  private final int[] doubled;
  private final int[] interleaved;
  private final int[] byteBias;
  private final int[] sums;
  private final int[] magnitudes;
  private final float[] scales;
  private final float[] upperScales;
  private final float[] scaledSums;
  private final int[] centres;

  /** Room for {@code columns} columns of up to {@code maxLength} elements. */
  public Inputs(int columns, int maxLength) {
    stride = strideFor(maxLength);
    floats = new float[Math.multiplyExact(columns, stride)];
    doubled = new int[floats.length];
    interleaved = new int[(columns + GROUP - 1) / GROUP * GROUP * stride];
    byteBias = new int[floats.length];
    sums = new int[columns * sumStride()];
    magnitudes = new int[columns * blockStride()];
    scales = new float[columns * blockStride()];
    upperScales = new float[scales.length];
    scaledSums = new float[scales.length];
    centres = new int[scales.length];
  }

  /**
   * How far apart columns of {@code length} floats should stand, inputs or results: an odd number
   * of cache lines, or the columns that a kernel computes together fall into one set of the cache.
   */
  public static int strideFor(int length) {
    return (length + BLOCK - 1) / BLOCK * BLOCK + BLOCK / 2;
  }

  /** Elements from one column to the next. */
  public int stride() {
    return stride;
  }

  /** The columns before rounding. */
  public float[] floats() {
    return floats;
  }

  /** q of each element, in both halves of an int: one broadcast fills all 16-bit lanes with it. */
  public int[] doubled() {
    return doubled;
  }

  /**
   * What {@link #doubled} holds, {@code [group of columns][element][column of the group]}: so the
   * kernels for many columns read forward, whatever the number of columns. Only there where
   * products of many columns were announced to {@code ProductKernels.round}.
   */
  public int[] interleaved() {
    return interleaved;
  }

  /** Where {@link #interleaved} holds element {@code k} of a column. */
  public int interleavedAt(int column, int k) {
    return (column / GROUP * stride + k) * GROUP + column % GROUP;
  }

  /**
   * For each pair of elements, at the even one's place, -128 times the sum of their q modulo 2^16
   * in both halves of an int, plus 2^15 in the lower half: takes the offset of 128 out of {@link
   * Units#BYTES}, and makes the lower half unsigned so that whole ints add up.
   */
  public int[] byteBias() {
    return byteBias;
  }

  /** The sum of q of each run of {@link #RUN}, {@link #sumStride()} a column. */
  public int[] sums() {
    return sums;
  }

  /** Runs from one column to the next. */
  public int sumStride() {
    return stride / RUN;
  }

  /** The sum of the magnitudes of q in each block, {@link #blockStride()} a column. */
  public int[] magnitudes() {
    return magnitudes;
  }

  /** The scale of each block, {@link #blockStride()} a column. */
  public float[] scales() {
    return scales;
  }

  /**
   * The scale of each block times 2^-16, for kernels that leave a 16-bit sum in the upper half of
   * 32 bits, where it is 2^16 as large.
   */
  public float[] upperScales() {
    return upperScales;
  }

  /** The scale of each block times the sum of its q, for weights that have a minimum. */
  public float[] scaledSums() {
    return scaledSums;
  }

  /**
   * For each block, -{@link Units#NIBBLE_CENTRE} times the sum of its q modulo 2^16 in both halves
   * of an int: takes the offset of {@link Units#NIBBLES} out.
   */
  public int[] centres() {
    return centres;
  }

  /**
   * Sets what is known of a block once it is rounded: its scales and its sums.
   *
   * @param sum of its q
   * @param magnitude the sum of the magnitudes of its q
   */
  public void setBlock(int column, int block, float scale, int sum, int magnitude) {
    int at = column * blockStride() + block;
    scales[at] = scale;
    upperScales[at] = scale * UPPER_FACTOR;
    scaledSums[at] = scale * sum;
    centres[at] = doubled(-Units.NIBBLE_CENTRE * sum);
    magnitudes[at] = magnitude;
  }

  /** A 16-bit value in both halves of an int. */
  public static int doubled(int value) {
    return (value & 0xffff) | value << 16;
  }

  /** Blocks from one column to the next. */
  public int blockStride() {
    return stride / BLOCK;
  }
}
