package dev.lanewise.math.kernel;

/**
 * One provider of all kernels.
 *
 * @param description what the kernels run on, for people: "vectors of 256 bits, panels of 512"
 */
public record Kernels(
    String description,
    FloatKernels floats,
    AttentionKernels attention,
    ProductKernels products,
    GatherKernels gather) {

  /** The kernels that define what is right, in plain Java; for tiles of 16 lanes. */
  public static Kernels scalar() {
    return scalar(16, false);
  }

  /** The scalar kernels for tiles of a machine; see {@code TileLayout.of}. */
  static Kernels scalar(int shortLanes, boolean wideTables) {
    FloatKernels floats = new ScalarFloats();
    return new Kernels(
        "scalar",
        floats,
        new ScalarAttention(),
        new ScalarProducts(shortLanes, wideTables),
        new ScalarGather());
  }

  /**
   * The vector kernels where this JVM can run them well; else the scalar ones, after one warning
   * that names the reason and the way out of it.
   */
  public static Kernels best() {
    return KernelChoice.BEST;
  }
}
