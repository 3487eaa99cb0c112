package dev.lanewise.math.kernel;

/** Makes the vector kernels; the only way into the classes that need the Vector API. */
final class VectorProvider {
  private VectorProvider() {}

  /** Bits of the widest vectors this JVM uses. */
  static int bits() {
    return Lanes.preferredBits();
  }

  static Kernels kernels() {
    FloatKernels floats = new VectorFloats();
    return new Kernels(
        "vectors of %d bits, panels of %d"
            .formatted(Lanes.FLOAT.vectorBitSize(), Lanes.PANEL.vectorBitSize()),
        floats,
        new VectorAttention(),
        new VectorProducts(),
        new VectorGather());
  }
}
