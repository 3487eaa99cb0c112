package dev.lanewise.math.matrix;

import java.util.Arrays;

/**
 * An input vector rounded to 8 bits: blocks of 32 with a scale each, {@code x = scale q} with q in
 * -127..127, as the Q8_0 format rounds. Beside q it holds, ready for the kernels, what they would
 * otherwise compute for every tile.
 */
public final class Int8Vector {
  /** Inputs that share a scale. */
  public static final int BLOCK = 32;

  private final float[] floats;
  private final int[] doubled;
  private final int[] byteBias;
  private final int[] nibbleBias;
  private final float[] scales;
  private final float[] scaledSums;
  private int length;

  /** Makes room for vectors of up to {@code maxLength} elements. */
  public Int8Vector(int maxLength) {
    int blocks = (maxLength + BLOCK - 1) / BLOCK;
    floats = new float[maxLength];
    doubled = new int[blocks * BLOCK];
    byteBias = new int[blocks * BLOCK / 2];
    nibbleBias = new int[blocks];
    scales = new float[blocks];
    scaledSums = new float[blocks];
  }

  /**
   * Takes {@code x[offset..offset + n)}; the last block is filled up with zeros. Allocates nothing.
   */
  public void quantize(float[] x, int offset, int n) {
    length = n;
    System.arraycopy(x, offset, floats, 0, n);
    for (int b = 0; b * BLOCK < n; b++) {
      quantizeBlock(b, Math.min(n, (b + 1) * BLOCK));
    }
  }

  /** Some blocks only. */
  public void quantize(float[] x, int offset, int n, int fromBlock, int endBlock) {
    length = n;
    int end = Math.min(n, endBlock * BLOCK);
    System.arraycopy(
        x, offset + fromBlock * BLOCK, floats, fromBlock * BLOCK, end - fromBlock * BLOCK);
    for (int b = fromBlock; b < endBlock; b++) {
      quantizeBlock(b, Math.min(n, (b + 1) * BLOCK));
    }
  }

  private void quantizeBlock(int b, int end) {
    int start = b * BLOCK;
    float max = 0;
    for (int k = start; k < end; k++) {
      max = Math.max(max, Math.abs(floats[k]));
    }
    float scale = max / 127;
    // A block of denormals has no finite inverse of its scale; it counts as zeros.
    float inverse = max < Float.MIN_NORMAL * 127 ? 0 : 1 / scale;
    int sum = 0;
    Arrays.fill(doubled, start, start + BLOCK, 0);
    for (int k = start; k < end; k++) {
      float scaled = floats[k] * inverse;
      // Rounds half away from zero; at most 127 in magnitude since the scale comes from the
      // maximum.
      int q = (int) (scaled + Math.copySign(0.5f, scaled));
      doubled[k] = (q & 0xffff) | q << 16;
      sum += q;
    }
    for (int k = start; k < start + BLOCK; k += 2) {
      int bias = -128 * ((short) doubled[k] + (short) doubled[k + 1]);
      byteBias[k / 2] = bias << 16 | ((bias + 0x8000) & 0xffff);
    }
    nibbleBias[b] = (-8 * sum & 0xffff) | -8 * sum << 16;
    scales[b] = scale;
    scaledSums[b] = scale * sum;
  }

  /** The number of elements. */
  public int length() {
    return length;
  }

  /** The vector before rounding. */
  public float[] floats() {
    return floats;
  }

  /** q of each element, in both halves of an int: one broadcast fills all 16-bit lanes with it. */
  public int[] doubled() {
    return doubled;
  }

  /**
   * For each pair of elements, -128 times the sum of their q modulo 2^16 in both halves of an int,
   * plus 2^15 in the lower half: takes the offset of 128 out of {@link ByteTiles}, and makes the
   * lower half unsigned so that whole ints add up.
   */
  public int[] byteBias() {
    return byteBias;
  }

  /** For each block, -8 times the sum of its q modulo 2^16 in both halves of an int. */
  public int[] nibbleBias() {
    return nibbleBias;
  }

  /** The scale of each block. */
  public float[] scales() {
    return scales;
  }

  /** The scale of each block times the sum of its q. */
  public float[] scaledSums() {
    return scaledSums;
  }
}
