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

  /** Inputs whose 8-bit values are summed for the kernels. */
  public static final int RUN = 8;

  private final int stride;
  private final float[] floats;
  private final int[] doubled;
  private final int[] byteBias;
  private final int[] sums;
  private final int[] magnitudes;
  private final float[] scales;

  /** Room for {@code columns} columns of up to {@code maxLength} elements. */
  public Inputs(int columns, int maxLength) {
    stride = strideFor(maxLength);
    floats = new float[Math.multiplyExact(columns, stride)];
    doubled = new int[floats.length];
    byteBias = new int[floats.length];
    sums = new int[columns * sumStride()];
    magnitudes = new int[columns * blockStride()];
    scales = new float[columns * blockStride()];
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

  /** Blocks from one column to the next. */
  public int blockStride() {
    return stride / BLOCK;
  }
}
