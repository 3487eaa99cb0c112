package dev.lanewise.math.kernel;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shapes, chosen once. C2 compiles a kernel well only where its species are constants.
 *
 * <p>Tiles have at most 256 bits a vector on AVX-512 too. One column is bound by memory there, and
 * a loop of 64-byte loads, which C2 unrolls, is not followed by the prefetcher: on Zen 5 it read 12
 * GB/s a core from memory where 32-byte loads read 22. Narrow tiles also waste less on the short
 * matrices of small models. Panels are bound by computation and take the full width.
 */
final class Lanes {
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  static final VectorSpecies<Float> FLOAT = VectorSpecies.of(float.class, shapeUpTo(256));
  static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());
  static final VectorSpecies<Short> SHORT = VectorSpecies.of(short.class, FLOAT.vectorShape());

  static final VectorSpecies<Float> PANEL = VectorSpecies.of(float.class, shapeUpTo(512));
  static final VectorSpecies<Integer> PANEL_INT = VectorSpecies.of(int.class, PANEL.vectorShape());
  static final VectorSpecies<Short> PANEL_SHORT =
      VectorSpecies.of(short.class, PANEL.vectorShape());

  private Lanes() {}

  private static VectorShape shapeUpTo(int bits) {
    return VectorShape.forBitSize(Math.min(bits, FloatVector.SPECIES_PREFERRED.vectorBitSize()));
  }

  /** Bits of the widest vector this JVM uses; 128, 256 or 512 where vectors pay. */
  static int preferredBits() {
    return Math.min(
        IntVector.SPECIES_PREFERRED.vectorBitSize(), ShortVector.SPECIES_PREFERRED.vectorBitSize());
  }

  /**
   * Whether this machine has AVX-512's 32 registers and its table lookup of 16-bit lanes, vpermw,
   * which it has for vectors of 256 bits too.
   */
  static boolean avx512() {
    return PANEL.vectorBitSize() == 512;
  }
}
