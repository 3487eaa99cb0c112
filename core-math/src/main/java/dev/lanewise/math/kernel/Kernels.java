package dev.lanewise.math.kernel;

/**
 * One provider of all kernels.
 *
 * @param description what the kernels run on, for people: "vectors of 256 bits, panels of 512"
 */
public record Kernels(
    String description, FloatKernels floats, AttentionKernels attention, ProductKernels products) {

  /** The kernels that define what is right, in plain Java; for tiles of 16 lanes. */
  public static Kernels scalar() {
    return scalar(16);
  }

  /** The scalar kernels for tiles of a given number of 16-bit lanes. */
  static Kernels scalar(int shortLanes) {
    FloatKernels floats = new ScalarFloats();
    return new Kernels("scalar", floats, new ScalarAttention(), new ScalarProducts(shortLanes));
  }

  /**
   * The vector kernels where this JVM can run them well; else the scalar ones, after one warning
   * that names the reason and the way out of it.
   */
  public static Kernels best() {
    return KernelChoice.BEST;
  }
}
