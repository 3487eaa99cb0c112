package dev.lanewise.math;

/**
 * Rotary position embedding: pairs of elements of a head are rotated by {@code position / theta^(2i
 * / dims)}.
 *
 * <p>Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding" (2021), section
 * 3.2.2.
 */
public final class Rope {
  /** Which elements make a pair. */
  public enum Layout {
    /** Neighbours: elements 2i and 2i + 1. GGUF calls it "NORM". */
    PAIRS,
    /** Halves: elements i and i + dims / 2. GGUF calls it "NEOX". */
    HALVES
  }

  private final int dims;
  private final Layout layout;
  private final float[] cos;
  private final float[] sin;

  /**
   * Computes the tables {@code [positions, dims / 2]}.
   *
   * @param dims elements of a head that are rotated, from its first; even
   * @param theta base of the frequencies
   * @param factors each frequency is divided by its factor (Llama 3.1's {@code rope_freqs}), or
   *     empty
   * @param scale positions are multiplied by it (linear scaling; 1 for none)
   */
  public Rope(int positions, int dims, double theta, float[] factors, double scale, Layout layout) {
    this.dims = dims;
    this.layout = layout;
    int half = dims / 2;
    cos = new float[positions * half];
    sin = new float[positions * half];
    for (int i = 0; i < half; i++) {
      double frequency = scale * Math.pow(theta, -2.0 * i / dims);
      if (factors.length > 0) {
        frequency /= factors[i];
      }
      for (int position = 0; position < positions; position++) {
        double angle = position * frequency;
        cos[position * half + i] = (float) Math.cos(angle);
        sin[position * half + i] = (float) Math.sin(angle);
      }
    }
  }

  /** Rotates {@code heads} heads of {@code headDim} elements that start at {@code offset}. */
  public void rotate(float[] x, int offset, int heads, int headDim, int position) {
    int half = dims / 2;
    int step = layout == Layout.PAIRS ? 2 : 1;
    int partner = layout == Layout.PAIRS ? 1 : half;
    for (int head = 0; head < heads; head++) {
      int first = offset + head * headDim;
      for (int i = 0; i < half; i++) {
        int at = first + i * step;
        float c = cos[position * half + i];
        float s = sin[position * half + i];
        float a = x[at];
        float b = x[at + partner];
        x[at] = a * c - b * s;
        x[at + partner] = a * s + b * c;
      }
    }
  }
}
