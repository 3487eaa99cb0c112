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
 * <p>Decoding stays at 256 bits on AVX-512 too: it is bound by memory there, and narrower tiles
 * waste less on the short matrices of small models. Panels are bound by computation and take the
 * full width.
 */
final class Lanes {
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  static final VectorSpecies<Float> FLOAT = VectorSpecies.of(float.class, shapeUpTo(256));
  static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());
  static final VectorSpecies<Short> SHORT = VectorSpecies.of(short.class, FLOAT.vectorShape());
  static final VectorSpecies<Float> PANEL = VectorSpecies.of(float.class, shapeUpTo(512));

  private Lanes() {}

  private static VectorShape shapeUpTo(int bits) {
    return VectorShape.forBitSize(Math.min(bits, FloatVector.SPECIES_PREFERRED.vectorBitSize()));
  }

  /** Bits of the widest vector this JVM uses; 128, 256 or 512 where vectors pay. */
  static int preferredBits() {
    return Math.min(
        IntVector.SPECIES_PREFERRED.vectorBitSize(), ShortVector.SPECIES_PREFERRED.vectorBitSize());
  }
}
