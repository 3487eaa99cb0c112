package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.FLOAT;
import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.PANEL;
import static dev.lanewise.math.kernel.Lanes.PANEL_INT;
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
 *
 * <p>Operations are called by {@code lanewise}, as {@link StripKernel512} says.
 */
final class ScaleKernel {
  private static final int SHORTS = SHORT.length();
  private static final int FLOATS = FLOAT.length();

  /** Rows whose scales a vector of bytes has. */
  private static final int BYTE_ROWS = 4 * FLOATS;

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
      case F16_MINIMA -> halvesWithMinima(tiles, at, rows, centre, scratch, to);
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

  private static void halves(MemorySegment tiles, long at, int rows, float[] out, int to) {
    int step = Opaque.panelShorts();
    IntVector mask = IntVector.broadcast(PANEL_INT, HALF_BITS);
    FloatVector factor = FloatVector.broadcast(PANEL, HALF_FACTOR);
    for (int slot = 0; slot < rows; slot += step) {
      IntVector v = IntVector.fromMemorySegment(PANEL_INT, tiles, at + 2L * slot, ORDER);
      int row = to + firstRow(slot);
      v.lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 3)
          .lanewise(VectorOperators.AND, mask)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.MUL, factor)
          .intoArray(out, row);
      v.lanewise(VectorOperators.ASHR, 3)
          .lanewise(VectorOperators.AND, mask)
          .reinterpretAsFloats()
          .lanewise(VectorOperators.MUL, factor)
          .intoArray(out, row + SHORTS);
    }
  }

  /** Scales, and behind them minima, to which what was taken off the codes is added. */
  private static void halvesWithMinima(
      MemorySegment tiles, long at, int rows, float centre, ProductScratch scratch, int to) {
    int step = Opaque.panelShorts();
    IntVector mask = IntVector.broadcast(PANEL_INT, HALF_BITS);
    FloatVector factor = FloatVector.broadcast(PANEL, HALF_FACTOR);
    for (int slot = 0; slot < rows; slot += step) {
      IntVector d = IntVector.fromMemorySegment(PANEL_INT, tiles, at + 2L * slot, ORDER);
      IntVector m = IntVector.fromMemorySegment(PANEL_INT, tiles, at + 2L * (rows + slot), ORDER);
      int row = to + firstRow(slot);
      FloatVector low =
          d.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 3)
              .lanewise(VectorOperators.AND, mask)
              .reinterpretAsFloats()
              .lanewise(VectorOperators.MUL, factor);
      low.intoArray(scratch.scale, row);
      low.lanewise(
              VectorOperators.FMA,
              FloatVector.broadcast(PANEL, centre),
              m.lanewise(VectorOperators.LSHL, 16)
                  .lanewise(VectorOperators.ASHR, 3)
                  .lanewise(VectorOperators.AND, mask)
                  .reinterpretAsFloats()
                  .lanewise(VectorOperators.MUL, factor))
          .intoArray(scratch.minimum, row);
      FloatVector high =
          d.lanewise(VectorOperators.ASHR, 3)
              .lanewise(VectorOperators.AND, mask)
              .reinterpretAsFloats()
              .lanewise(VectorOperators.MUL, factor);
      high.intoArray(scratch.scale, row + SHORTS);
      high.lanewise(
              VectorOperators.FMA,
              FloatVector.broadcast(PANEL, centre),
              m.lanewise(VectorOperators.ASHR, 3)
                  .lanewise(VectorOperators.AND, mask)
                  .reinterpretAsFloats()
                  .lanewise(VectorOperators.MUL, factor))
          .intoArray(scratch.minimum, row + SHORTS);
    }
  }

  /** The row of the first slot of a vector; see {@code TileLayout.rowOfSlot}. */
  static int firstRow(int slot) {
    int vector = slot / SHORTS;
    return 2 * SHORTS * (vector / 2) + FLOATS * (vector % 2);
  }

  private static void pairs(
      MemorySegment tiles, long at, int rows, int centre, ProductScratch scratch, int to) {
    int step = Opaque.panelShorts();
    IntVector mask = IntVector.broadcast(PANEL_INT, 0xff);
    for (int slot = 0; slot < rows; slot += step) {
      IntVector pair = IntVector.fromMemorySegment(PANEL_INT, tiles, at + 2L * slot, ORDER);
      int row = firstRow(slot);
      FloatVector low =
          ((FloatVector) pair.lanewise(VectorOperators.AND, mask).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, FloatVector.fromArray(PANEL, scratch.headScale, row));
      low.intoArray(scratch.scale, to + row);
      low.lanewise(
              VectorOperators.FMA,
              FloatVector.broadcast(PANEL, centre),
              ((FloatVector)
                      pair.lanewise(VectorOperators.LSHR, 8)
                          .lanewise(VectorOperators.AND, mask)
                          .convert(VectorOperators.I2F, 0))
                  .lanewise(
                      VectorOperators.MUL, FloatVector.fromArray(PANEL, scratch.headMinimum, row))
                  .lanewise(VectorOperators.NEG))
          .intoArray(scratch.minimum, to + row);
      FloatVector high =
          ((FloatVector)
                  pair.lanewise(VectorOperators.LSHR, 16)
                      .lanewise(VectorOperators.AND, mask)
                      .convert(VectorOperators.I2F, 0))
              .lanewise(
                  VectorOperators.MUL,
                  FloatVector.fromArray(PANEL, scratch.headScale, row + SHORTS));
      high.intoArray(scratch.scale, to + row + SHORTS);
      high.lanewise(
              VectorOperators.FMA,
              FloatVector.broadcast(PANEL, centre),
              ((FloatVector)
                      pair.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0))
                  .lanewise(
                      VectorOperators.MUL,
                      FloatVector.fromArray(PANEL, scratch.headMinimum, row + SHORTS))
                  .lanewise(VectorOperators.NEG))
          .intoArray(scratch.minimum, to + row + SHORTS);
    }
  }

  private static void signedBytes(
      MemorySegment tiles, long at, int rows, ProductScratch scratch, int to) {
    int step = Opaque.one();
    IntVector down = IntVector.broadcast(INT, 24);
    for (int vector = 0; vector * BYTE_ROWS < rows; vector += step) {
      int row = vector * BYTE_ROWS;
      IntVector four = IntVector.fromMemorySegment(INT, tiles, at + row, ORDER);
      for (int c = 0; c < 4; c++) {
        ((FloatVector)
                four.lanewise(VectorOperators.LSHL, 24 - 8 * c)
                    .lanewise(VectorOperators.ASHR, down)
                    .convert(VectorOperators.I2F, 0))
            .lanewise(
                VectorOperators.MUL,
                FloatVector.fromArray(FLOAT, scratch.headScale, row + c * FLOATS))
            .intoArray(scratch.scale, to + row + c * FLOATS);
      }
    }
  }

  /** Unsigned bytes shifted to where an F32 has its exponent, times {@code factor}. */
  private static void bytes(
      MemorySegment tiles, long at, int rows, int shift, float factor, float[] out, int to) {
    int step = Opaque.one();
    IntVector mask = IntVector.broadcast(INT, 0xff);
    IntVector shifts = IntVector.broadcast(INT, shift);
    FloatVector factors = FloatVector.broadcast(FLOAT, factor);
    for (int vector = 0; vector * BYTE_ROWS < rows; vector += step) {
      int row = vector * BYTE_ROWS;
      IntVector four = IntVector.fromMemorySegment(INT, tiles, at + row, ORDER);
      for (int c = 0; c < 4; c++) {
        four.lanewise(VectorOperators.LSHR, 8 * c)
            .lanewise(VectorOperators.AND, mask)
            .lanewise(VectorOperators.LSHL, shifts)
            .reinterpretAsFloats()
            .lanewise(VectorOperators.MUL, factors)
            .intoArray(out, to + row + c * FLOATS);
      }
    }
  }
}
