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
    this(positions, dims, frequencies(dims, theta, factors, scale), 1, layout);
  }

  /** By frequencies, in radians for each position. */
  private Rope(int positions, int dims, double[] frequencies, double magnitude, Layout layout) {
    this.dims = dims;
    this.layout = layout;
    int half = dims / 2;
    cos = new float[positions * half];
    sin = new float[positions * half];
    for (int i = 0; i < half; i++) {
      for (int position = 0; position < positions; position++) {
        double angle = position * frequencies[i];
        cos[position * half + i] = (float) (magnitude * Math.cos(angle));
        sin[position * half + i] = (float) (magnitude * Math.sin(angle));
      }
    }
  }

  private static double[] frequencies(int dims, double theta, float[] factors, double scale) {
    double[] frequencies = new double[dims / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = scale * Math.pow(theta, -2.0 * i / dims);
      if (factors.length > 0) {
        frequencies[i] /= factors[i];
      }
    }
    return frequencies;
  }

  /**
   * Rotations stretched to longer contexts: slow ones by {@code factor}, fast ones not, and those
   * between by a part of it; and vectors made longer by {@code magnitude}.
   *
   * <p>Peng et al., "YaRN: Efficient Context Window Extension of Large Language Models" (2023),
   * sections 3.2 to 3.4.
   *
   * @param original positions that the model was first trained for
   * @param fast turns in so many positions from which on a rotation is fast
   * @param slow turns up to which it is slow
   * @param truncated whether the range of pairs that this leaves is widened to whole numbers
   */
  public static Rope yarn(
      int positions,
      int dims,
      double theta,
      double factor,
      int original,
      double fast,
      double slow,
      boolean truncated,
      double magnitude,
      Layout layout) {
    double[] frequencies = frequencies(dims, theta, new float[0], 1);
    double low = pairOfTurns(dims, theta, original, fast);
    double high = pairOfTurns(dims, theta, original, slow);
    if (truncated) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(0, low);
    high = Math.min(dims - 1, high);
    for (int i = 0; i < frequencies.length; i++) {
      double stretched = Math.clamp((i - low) / Math.max(0.001, high - low), 0, 1);
      frequencies[i] *= stretched / factor + 1 - stretched;
    }
    return new Rope(positions, dims, frequencies, magnitude, layout);
  }

  /** Which pair makes so many turns within some positions. */
  private static double pairOfTurns(int dims, double theta, int positions, double turns) {
    return dims * Math.log(positions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
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
