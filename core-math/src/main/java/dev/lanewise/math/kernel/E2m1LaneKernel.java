package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.format.TableBlocks;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Panels of four E2M1 codes a 16-bit lane: MXFP4 and NVFP4 where lanes of 16 bits are looked up in
 * a table by one instruction (vpermw), without any widening; {@link TwoInputKernel} has one column.
 * It uses the four lower bits of a lane, so that shifts need no mask. 16 products are at most 16 *
 * 12 * 127 = 24384 in magnitude.
 */
final class E2m1LaneKernel {
  private static final int SHORTS = SHORT.length();
  private static final ShortVector VALUES = values();

  private E2m1LaneKernel() {}

  /** The table once for each 16 lanes. */
  private static ShortVector values() {
    short[] values = new short[SHORTS];
    for (int l = 0; l < SHORTS; l++) {
      values[l] = (short) TableBlocks.doubledE2m1(l % 16);
    }
    return ShortVector.fromArray(SHORT, values, 0);
  }

  /** Expands the units of a span to values of 16 bits, from input {@code k} of the panel on. */
  static void expand(MemorySegment tiles, long from, int span, short[] out, int k, int depth) {
    int to0 = ShortPanelKernel.at(0, k, depth);
    int to1 = ShortPanelKernel.at(SHORTS, k, depth);
    int to2 = ShortPanelKernel.at(2 * SHORTS, k, depth);
    int to3 = ShortPanelKernel.at(3 * SHORTS, k, depth);
    for (int i = 0; i < span; i++) {
      IntVector v = IntVector.fromMemorySegment(INT, tiles, from + 2L * i * SHORTS, ORDER);
      int at = i * ShortPanelKernel.STRIP;
      v.reinterpretAsShorts().selectFrom(VALUES).intoArray(out, to0 + at);
      v.lanewise(VectorOperators.LSHR, 4)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, to1 + at);
      v.lanewise(VectorOperators.LSHR, 8)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, to2 + at);
      v.lanewise(VectorOperators.LSHR, 12)
          .reinterpretAsShorts()
          .selectFrom(VALUES)
          .intoArray(out, to3 + at);
    }
  }
}
