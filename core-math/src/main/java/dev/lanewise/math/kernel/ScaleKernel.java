package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.SHORT;

import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Scales;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Decodes the scales of a tile to F32 in the order of its rows.
 *
 * <p>An F16 in the upper half of a 32-bit lane, shifted right by 3 with the sign kept, has its 15
 * lower bits where an F32 has its exponent and mantissa; the mask removes the copies of the sign.
 * The value is then 2^-112 of the right one, also for denormals. The same holds for E4M3 shifted
 * left by 20, with 2^-120.
 */
final class ScaleKernel {
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();
  private static final int HALF_BITS = 0x8fffe000;
  private static final float HALF_FACTOR = 0x1p112f;

  /** 2^120, and the half that makes up for twice the value of E2M1. */
  static final float E4M3_FACTOR = 0x1p119f;

  private ScaleKernel() {}

  /**
   * The scales of all spans of {@code depth} inputs, whose first group begins at {@code at}, to
   * {@code scratch.scale} and {@code scratch.minimum}, {@code [span][row]}.
   */
  static void spans(Matrix w, long at, int depth, ProductScratch scratch) {
    TileLayout layout = w.layout();
    Scales scales = layout.scales();
    long head = at;
    int to = 0;
    for (int group = 0; group < depth; group += scales.group()) {
      head(w.tiles(), scales, head, layout.tileRows(), scratch);
      long span = head + layout.headBytes();
      for (int k = 0; k < scales.group(); k += scales.span()) {
        span(w, span, scratch, to);
        span += layout.spanBytes();
        to += layout.tileRows();
      }
      head += layout.groupBytes();
    }
  }

  /** The factors in front of a group, at {@code at}. */
  static void head(MemorySegment tiles, Scales scales, long at, int rows, ProductScratch scratch) {
    if (scales.headBytes() == 0) {
      return;
    }
    halves(tiles, at, rows, scratch.headScale, 0);
    if (scales == Scales.SUPER_MINIMA) {
      halves(tiles, at + 2L * rows, rows, scratch.headMinimum, 0);
    }
  }

  /**
   * The scales of the span at {@code from} to {@code scratch.scale[to..]}, and the minima to {@code
   * scratch.minimum[to..]}; the factors of its group are in the scratch memory.
   */
  static void span(Matrix w, long from, ProductScratch scratch, int to) {
    MemorySegment tiles = w.tiles();
    TileLayout layout = w.layout();
    int rows = layout.tileRows();
    int centre = centre(layout.units());
    long at = from + layout.spanUnitBytes();
    switch (layout.scales()) {
      case F16 -> halves(tiles, at, rows, scratch.scale, to);
      case F16_MINIMA -> {
        halves(tiles, at, rows, scratch.scale, to);
        halves(tiles, at + 2L * rows, rows, scratch.minimum, to);
        centre(scratch.scale, scratch.minimum, to, rows, centre);
      }
      case SUPER_MINIMA -> pairs(tiles, at, rows, centre, scratch, to);
      case SUPER_SIGNED -> signedBytes(tiles, at, rows, scratch, to);
      case E8M0 -> bytes(tiles, at, rows, 23, 0.5f, scratch.scale, to);
      case E4M3 -> bytes(tiles, at, rows, 20, E4M3_FACTOR * w.factor(), scratch.scale, to);
      case NONE -> throw new IllegalArgumentException("no scales");
    }
  }

  /** What the minima take back, since it was taken off the codes. */
  static int centre(Units units) {
    return units == Units.NIBBLES ? Units.NIBBLE_CENTRE : ByteKernel.CENTRE;
  }

  /** Adds to the minima what was taken off the codes. */
  private static void centre(float[] scale, float[] minimum, int to, int rows, int centre) {
    for (int r = to; r < to + rows; r += FLOATS) {
      FloatVector.fromArray(FLOAT, scale, r)
          .fma(FloatVector.broadcast(FLOAT, centre), FloatVector.fromArray(FLOAT, minimum, r))
          .intoArray(minimum, r);
    }
  }

  private static void halves(MemorySegment tiles, long at, int rows, float[] out, int to) {
    for (int r = 0; r < rows; r += 2 * SHORTS) {
      IntVector v = IntVector.fromMemorySegment(INT, tiles, at + 2L * r, ORDER);
      IntVector u = IntVector.fromMemorySegment(INT, tiles, at + 2L * (r + SHORTS), ORDER);
      v.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 3)
          .and(HALF_BITS)
          .reinterpretAsFloats()
          .mul(HALF_FACTOR)
          .intoArray(out, to + r);
      u.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 3)
          .and(HALF_BITS)
          .reinterpretAsFloats()
          .mul(HALF_FACTOR)
          .intoArray(out, to + r + FLOATS);
      v.lanewise(VectorOperators.ASHR, 3)
          .and(HALF_BITS)
          .reinterpretAsFloats()
          .mul(HALF_FACTOR)
          .intoArray(out, to + r + 2 * FLOATS);
      u.lanewise(VectorOperators.ASHR, 3)
          .and(HALF_BITS)
          .reinterpretAsFloats()
          .mul(HALF_FACTOR)
          .intoArray(out, to + r + 3 * FLOATS);
    }
  }

  /** The row of the first slot of a vector; see {@code TileLayout.rowOfSlot}. */
  static int firstRow(int slot) {
    int vector = slot / SHORTS;
    return 2 * SHORTS * (vector / 2) + FLOATS * (vector % 2);
  }

  private static void pairs(
      MemorySegment tiles, long at, int rows, int centre, ProductScratch scratch, int to) {
    for (int slot = 0; slot < rows; slot += SHORTS) {
      IntVector pair = IntVector.fromMemorySegment(INT, tiles, at + 2L * slot, ORDER);
      int row = firstRow(slot);
      FloatVector low =
          ((FloatVector) pair.and(0xff).convert(VectorOperators.I2F, 0))
              .mul(FloatVector.fromArray(FLOAT, scratch.headScale, row));
      low.intoArray(scratch.scale, to + row);
      low.fma(
              FloatVector.broadcast(FLOAT, centre),
              ((FloatVector)
                      pair.lanewise(VectorOperators.LSHR, 8)
                          .and(0xff)
                          .convert(VectorOperators.I2F, 0))
                  .mul(FloatVector.fromArray(FLOAT, scratch.headMinimum, row))
                  .neg())
          .intoArray(scratch.minimum, to + row);
      FloatVector high =
          ((FloatVector)
                  pair.lanewise(VectorOperators.LSHR, 16).and(0xff).convert(VectorOperators.I2F, 0))
              .mul(FloatVector.fromArray(FLOAT, scratch.headScale, row + SHORTS));
      high.intoArray(scratch.scale, to + row + SHORTS);
      high.fma(
              FloatVector.broadcast(FLOAT, centre),
              ((FloatVector)
                      pair.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0))
                  .mul(FloatVector.fromArray(FLOAT, scratch.headMinimum, row + SHORTS))
                  .neg())
          .intoArray(scratch.minimum, to + row + SHORTS);
    }
  }

  private static void signedBytes(
      MemorySegment tiles, long at, int rows, ProductScratch scratch, int to) {
    for (int row = 0; row < rows; row += 4 * FLOATS) {
      IntVector four = IntVector.fromMemorySegment(INT, tiles, at + row, ORDER);
      for (int c = 0; c < 4; c++) {
        ((FloatVector)
                four.lanewise(VectorOperators.LSHL, 24 - 8 * c)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0))
            .mul(FloatVector.fromArray(FLOAT, scratch.headScale, row + c * FLOATS))
            .intoArray(scratch.scale, to + row + c * FLOATS);
      }
    }
  }

  /** Unsigned bytes shifted to where an F32 has its exponent, times {@code factor}. */
  private static void bytes(
      MemorySegment tiles, long at, int rows, int shift, float factor, float[] out, int to) {
    for (int row = 0; row < rows; row += 4 * FLOATS) {
      IntVector four = IntVector.fromMemorySegment(INT, tiles, at + row, ORDER);
      for (int c = 0; c < 4; c++) {
        four.lanewise(VectorOperators.LSHR, 8 * c)
            .and(0xff)
            .lanewise(VectorOperators.LSHL, shift)
            .reinterpretAsFloats()
            .mul(factor)
            .intoArray(out, to + row + c * FLOATS);
      }
    }
  }
}
