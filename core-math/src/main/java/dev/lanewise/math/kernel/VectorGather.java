package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.ORDER;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.CodeMoves;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link GatherKernels} in vectors. Units whose 32-bit lanes are as many as those of a vector of
 * floats are made in it, successive rows in each code of the lanes; see {@code
 * TileLayout.rowOfSlot}.
 */
final class VectorGather implements GatherKernels {
  private static final VectorSpecies<Float> FLOAT = Lanes.FLOAT;
  private static final VectorSpecies<Integer> INT = Lanes.INT;
  private static final VectorSpecies<Integer> WIDE =
      Lanes.avx512() ? IntVector.SPECIES_512 : Lanes.INT;
  private static final int ROWS = FLOAT.length();
  private static final int BLOCK = Inputs.BLOCK;

  /** The first row, in vectors of rows, of each code of the lanes of four-bit units. */
  private static final int[] NIBBLE_ROWS = {0, 1, 4, 5, 2, 3, 6, 7};

  private static final int ONE = 0x3f800000;
  private static final int SIX = 0x40c00000;
  private static final int EXPONENT = 0x7f800000;
  private static final int MAGNITUDE = 0x7fffffff;
  private static final int EXPONENT_SHIFT = 23;
  private static final int FRACTION_DIGITS = 22;

  private final GatherKernels scalar = new ScalarGather();

  @Override
  public void move(
      CodeMoves moves, MemorySegment source, long from, MemorySegment target, long to, int spans) {
    int unitBytes = moves.spanUnitBytes();
    int spanBytes = moves.spanBytes();
    for (int position = 0; position < moves.positions(); position++) {
      if (!moves.used(position)) {
        continue;
      }
      int first = position * CodeMoves.LANES;
      IntVector lanes = IntVector.fromArray(WIDE, moves.lanes(), first);
      IntVector shifts = IntVector.fromArray(WIDE, moves.shifts(), first);
      IntVector masks = IntVector.fromArray(WIDE, moves.masks(), first);
      int up = moves.up(position);
      for (int s = 0; s < spans; s++) {
        long span = (long) s * spanBytes;
        for (int unit = 0; unit < unitBytes; unit += WIDE.vectorByteSize()) {
          long at = span + unit;
          IntVector codes =
              lanes
                  .selectFrom(IntVector.fromMemorySegment(WIDE, source, from + at, ORDER))
                  .lanewise(VectorOperators.LSHR, shifts)
                  .lanewise(VectorOperators.LSHL, up)
                  .lanewise(VectorOperators.AND, masks);
          IntVector.fromMemorySegment(WIDE, target, to + at, ORDER)
              .lanewise(VectorOperators.OR, codes)
              .intoMemorySegment(target, to + at, ORDER);
        }
      }
    }
  }

  @Override
  public void largest(float[] weights, int first, int stride, float[] largest) {
    for (int r = 0; r < largest.length; r += ROWS) {
      FloatVector most = FloatVector.zero(FLOAT);
      for (int k = 0; k < BLOCK; k++) {
        FloatVector v = FloatVector.fromArray(FLOAT, weights, first + k * stride + r);
        most = most.lanewise(VectorOperators.MAX, v.lanewise(VectorOperators.ABS));
      }
      most.intoArray(largest, r);
    }
  }

  @Override
  public void encode(float[] weights, int first, int stride, float[] inverses, Matrix to, long at) {
    if (to.format() == BlockFormat.Q8_0) {
      bytes(weights, first, stride, inverses, to.tiles(), at);
    } else if (to.layout().units() == Units.E2M1_LANES) {
      e2m1(weights, first, stride, inverses, to.tiles(), at);
    } else {
      scalar.encode(weights, first, stride, inverses, to, at);
    }
  }

  private static void bytes(
      float[] weights, int first, int stride, float[] inverses, MemorySegment tiles, long to) {
    for (int k = 0; k < BLOCK; k++) {
      int from = first + k * stride;
      IntVector unit = IntVector.broadcast(INT, 0x80808080);
      for (int j = 0; j < 4; j++) {
        FloatVector scaled =
            FloatVector.fromArray(FLOAT, weights, from + j * ROWS)
                .lanewise(VectorOperators.MUL, FloatVector.fromArray(FLOAT, inverses, j * ROWS))
                .lanewise(VectorOperators.MAX, -Inputs.MOST)
                .lanewise(VectorOperators.MIN, Inputs.MOST);
        // Half away from zero: 0.5 gets the sign of what it is added to.
        FloatVector half =
            scaled
                .reinterpretAsInts()
                .lanewise(VectorOperators.AND, Integer.MIN_VALUE)
                .lanewise(VectorOperators.OR, ONE - (1 << EXPONENT_SHIFT))
                .reinterpretAsFloats();
        IntVector q =
            (IntVector) scaled.lanewise(VectorOperators.ADD, half).convert(VectorOperators.F2I, 0);
        unit =
            q.lanewise(VectorOperators.AND, 0xff)
                .lanewise(VectorOperators.LSHL, 8 * j)
                .lanewise(VectorOperators.XOR, unit);
      }
      unit.intoMemorySegment(tiles, to + 4L * k * ROWS, ORDER);
    }
  }

  /** {@code E2m1.code} for each lane. */
  private static void e2m1(
      float[] weights, int first, int stride, float[] inverses, MemorySegment tiles, long to) {
    for (int k = 0; k < BLOCK; k++) {
      int from = first + k * stride;
      IntVector unit = IntVector.zero(INT);
      for (int j = 0; j < NIBBLE_ROWS.length; j++) {
        int row = NIBBLE_ROWS[j] * ROWS;
        IntVector scaled =
            FloatVector.fromArray(FLOAT, weights, from + row)
                .lanewise(VectorOperators.MUL, FloatVector.fromArray(FLOAT, inverses, row))
                .reinterpretAsInts();
        IntVector magnitude =
            scaled.lanewise(VectorOperators.AND, MAGNITUDE).lanewise(VectorOperators.MIN, SIX);
        IntVector exponent =
            magnitude.lanewise(VectorOperators.MAX, ONE).lanewise(VectorOperators.AND, EXPONENT);
        IntVector rounder =
            exponent.lanewise(VectorOperators.ADD, FRACTION_DIGITS << EXPONENT_SHIFT);
        IntVector steps =
            magnitude
                .reinterpretAsFloats()
                .lanewise(VectorOperators.ADD, rounder.reinterpretAsFloats())
                .reinterpretAsInts()
                .lanewise(VectorOperators.SUB, rounder);
        IntVector octaves =
            exponent
                .lanewise(VectorOperators.SUB, ONE)
                .lanewise(VectorOperators.LSHR, EXPONENT_SHIFT - 1);
        unit =
            scaled
                .lanewise(VectorOperators.LSHR, 31)
                .lanewise(VectorOperators.LSHL, 3)
                .lanewise(VectorOperators.OR, steps.lanewise(VectorOperators.ADD, octaves))
                .lanewise(VectorOperators.LSHL, 4 * j)
                .lanewise(VectorOperators.OR, unit);
      }
      unit.intoMemorySegment(tiles, to + 4L * k * ROWS, ORDER);
    }
  }
}
