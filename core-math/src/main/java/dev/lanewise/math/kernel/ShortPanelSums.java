package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.PANEL;
import static dev.lanewise.math.kernel.Lanes.PANEL_INT;
import static dev.lanewise.math.kernel.Lanes.PANEL_SHORT;

import dev.lanewise.math.matrix.Inputs;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Scales the 16-bit sums of {@link ShortPanelKernel} and adds them to y, a column after the other,
 * all spans of a panel while y is in registers.
 */
final class ShortPanelSums {
  private static final int LANES = PANEL_SHORT.length();
  private static final int STRIP = ShortPanelKernel.STRIP;

  /**
   * Where the rows of a strip's four F32 vectors begin. The halves of the 32-bit lanes of one
   * vector of slots are rows half a pair of slot vectors apart; the second vector's rows lie
   * between them where panels are as wide as tiles, and follow where they are twice as wide.
   */
  private static final boolean LOW_SECOND = LANES == Lanes.SHORT.length();

  private static final int SECOND = LANES / 2;
  private static final int THIRD = LANES;
  private static final int FOURTH = LANES + LANES / 2;

  private ShortPanelSums() {}

  /**
   * Adds the sums of a strip, {@code [run of a span][column][slot]}, to {@code columns} columns.
   *
   * @param firstRow the first row of the strip in the tile of {@code rows}
   * @param span inputs of a span, whose sums are of one or two runs
   * @param count how many columns there are sums of
   */
  static void add(
      int firstRow,
      int rows,
      int depth,
      int span,
      int run,
      boolean minima,
      Inputs x,
      int k,
      int column,
      int columns,
      int count,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch) {
    short[] sums = scratch.shortSums;
    int spans = depth / span;
    int next = count * STRIP;
    int c = 0;
    while (c < columns) {
      int dx = (column + c) * x.blockStride() + k / Inputs.BLOCK;
      int at = yOffset + c * yStride + firstRow;
      int z = c * STRIP;
      if (minima) {
        addWithMinima(
            sums,
            z,
            next,
            spans,
            scratch.scale,
            scratch.minimum,
            firstRow,
            rows,
            x.scaledSums(),
            x.upperScales(),
            dx,
            y,
            at);
      } else if (run < span) {
        addTwo(sums, z, next, spans, scratch.scale, firstRow, rows, x.scales(), dx, y, at);
      } else {
        int shift = span == Inputs.BLOCK ? 0 : 1;
        if (c + 1 < columns) {
          addOneToTwo(
              sums,
              z,
              next,
              spans,
              shift,
              scratch.scale,
              firstRow,
              rows,
              x.upperScales(),
              dx,
              x.blockStride(),
              y,
              at,
              yStride);
          c++;
        } else {
          addOne(
              sums,
              z,
              next,
              spans,
              shift,
              scratch.scale,
              firstRow,
              rows,
              x.upperScales(),
              dx,
              y,
              at);
        }
      }
      c++;
    }
  }

  /**
   * {@code y = fma(scale, z dx, y)} for the rows of a strip, one column and {@code spans} spans,
   * whose z are {@code next} apart; a span is a block of inputs, or half of one with a shift of 1.
   */
  private static void addOne(
      short[] sums,
      int z,
      int next,
      int spans,
      int shift,
      float[] scale,
      int first,
      int rows,
      float[] scales,
      int dx,
      float[] y,
      int at) {
    FloatVector y0 = FloatVector.fromArray(PANEL, y, at);
    FloatVector y1 = FloatVector.fromArray(PANEL, y, at + SECOND);
    FloatVector y2 = FloatVector.fromArray(PANEL, y, at + THIRD);
    FloatVector y3 = FloatVector.fromArray(PANEL, y, at + FOURTH);
    IntVector high = IntVector.broadcast(PANEL_INT, Opaque.highHalf());
    int from = z;
    int row = first;
    int step = Opaque.one();
    for (int s = 0; s < spans; s += step) {
      FloatVector d = FloatVector.broadcast(PANEL, scales[dx + (s >> shift)]);
      IntVector v = ShortVector.fromArray(PANEL_SHORT, sums, from).reinterpretAsInts();
      IntVector u = ShortVector.fromArray(PANEL_SHORT, sums, from + LANES).reinterpretAsInts();
      y0 =
          ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, FloatVector.fromArray(PANEL, scale, row), y0);
      y1 =
          ((FloatVector)
                  (LOW_SECOND
                          ? u.lanewise(VectorOperators.LSHL, 16)
                          : v.lanewise(VectorOperators.AND, high))
                      .convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, FloatVector.fromArray(PANEL, scale, row + SECOND), y1);
      y2 =
          ((FloatVector)
                  (LOW_SECOND
                          ? v.lanewise(VectorOperators.AND, high)
                          : u.lanewise(VectorOperators.LSHL, 16))
                      .convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, FloatVector.fromArray(PANEL, scale, row + THIRD), y2);
      y3 =
          ((FloatVector) u.lanewise(VectorOperators.AND, high).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, FloatVector.fromArray(PANEL, scale, row + FOURTH), y3);
      from += next;
      row += rows;
    }
    y0.intoArray(y, at);
    y1.intoArray(y, at + SECOND);
    y2.intoArray(y, at + THIRD);
    y3.intoArray(y, at + FOURTH);
  }

  /** As {@link #addOne}, for two columns, {@code yStride} apart in y, which share the scales. */
  private static void addOneToTwo(
      short[] sums,
      int sum,
      int next,
      int spans,
      int shift,
      float[] scale,
      int first,
      int rows,
      float[] scales,
      int dx,
      int dxStride,
      float[] y,
      int at,
      int yStride) {
    int at2 = at + yStride;
    FloatVector y0 = FloatVector.fromArray(PANEL, y, at);
    FloatVector y1 = FloatVector.fromArray(PANEL, y, at + SECOND);
    FloatVector y2 = FloatVector.fromArray(PANEL, y, at + THIRD);
    FloatVector y3 = FloatVector.fromArray(PANEL, y, at + FOURTH);
    FloatVector z0 = FloatVector.fromArray(PANEL, y, at2);
    FloatVector z1 = FloatVector.fromArray(PANEL, y, at2 + SECOND);
    FloatVector z2 = FloatVector.fromArray(PANEL, y, at2 + THIRD);
    FloatVector z3 = FloatVector.fromArray(PANEL, y, at2 + FOURTH);
    IntVector high = IntVector.broadcast(PANEL_INT, Opaque.highHalf());
    int from = sum;
    int row = first;
    int step = Opaque.one();
    for (int s = 0; s < spans; s += step) {
      int block = dx + (s >> shift);
      FloatVector d = FloatVector.broadcast(PANEL, scales[block]);
      FloatVector e = FloatVector.broadcast(PANEL, scales[block + dxStride]);
      IntVector v = ShortVector.fromArray(PANEL_SHORT, sums, from).reinterpretAsInts();
      IntVector u = ShortVector.fromArray(PANEL_SHORT, sums, from + LANES).reinterpretAsInts();
      IntVector w = ShortVector.fromArray(PANEL_SHORT, sums, from + STRIP).reinterpretAsInts();
      IntVector x =
          ShortVector.fromArray(PANEL_SHORT, sums, from + STRIP + LANES).reinterpretAsInts();
      FloatVector scale0 = FloatVector.fromArray(PANEL, scale, row);
      y0 =
          ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, scale0, y0);
      z0 =
          ((FloatVector) w.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, e)
              .lanewise(VectorOperators.FMA, scale0, z0);
      FloatVector scale1 = FloatVector.fromArray(PANEL, scale, row + SECOND);
      y1 =
          ((FloatVector)
                  (LOW_SECOND
                          ? u.lanewise(VectorOperators.LSHL, 16)
                          : v.lanewise(VectorOperators.AND, high))
                      .convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, scale1, y1);
      z1 =
          ((FloatVector)
                  (LOW_SECOND
                          ? x.lanewise(VectorOperators.LSHL, 16)
                          : w.lanewise(VectorOperators.AND, high))
                      .convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, e)
              .lanewise(VectorOperators.FMA, scale1, z1);
      FloatVector scale2 = FloatVector.fromArray(PANEL, scale, row + THIRD);
      y2 =
          ((FloatVector)
                  (LOW_SECOND
                          ? v.lanewise(VectorOperators.AND, high)
                          : u.lanewise(VectorOperators.LSHL, 16))
                      .convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, scale2, y2);
      z2 =
          ((FloatVector)
                  (LOW_SECOND
                          ? w.lanewise(VectorOperators.AND, high)
                          : x.lanewise(VectorOperators.LSHL, 16))
                      .convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, e)
              .lanewise(VectorOperators.FMA, scale2, z2);
      FloatVector scale3 = FloatVector.fromArray(PANEL, scale, row + FOURTH);
      y3 =
          ((FloatVector) u.lanewise(VectorOperators.AND, high).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, scale3, y3);
      z3 =
          ((FloatVector) x.lanewise(VectorOperators.AND, high).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, e)
              .lanewise(VectorOperators.FMA, scale3, z3);
      from += next;
      row += rows;
    }
    y0.intoArray(y, at);
    y1.intoArray(y, at + SECOND);
    y2.intoArray(y, at + THIRD);
    y3.intoArray(y, at + FOURTH);
    z0.intoArray(y, at2);
    z1.intoArray(y, at2 + SECOND);
    z2.intoArray(y, at2 + THIRD);
    z3.intoArray(y, at2 + FOURTH);
  }

  /** As {@link #addOne}, upon {@code y = fma(minimum, scaledSum, y)}; a span is a block. */
  private static void addWithMinima(
      short[] sums,
      int z,
      int next,
      int spans,
      float[] scale,
      float[] minimum,
      int first,
      int rows,
      float[] scaledSums,
      float[] scales,
      int dx,
      float[] y,
      int at) {
    FloatVector y0 = FloatVector.fromArray(PANEL, y, at);
    FloatVector y1 = FloatVector.fromArray(PANEL, y, at + SECOND);
    FloatVector y2 = FloatVector.fromArray(PANEL, y, at + THIRD);
    FloatVector y3 = FloatVector.fromArray(PANEL, y, at + FOURTH);
    IntVector high = IntVector.broadcast(PANEL_INT, Opaque.highHalf());
    int from = z;
    int row = first;
    int step = Opaque.one();
    for (int s = 0; s < spans; s += step) {
      FloatVector d = FloatVector.broadcast(PANEL, scales[dx + s]);
      FloatVector inputs = FloatVector.broadcast(PANEL, scaledSums[dx + s]);
      IntVector v = ShortVector.fromArray(PANEL_SHORT, sums, from).reinterpretAsInts();
      IntVector u = ShortVector.fromArray(PANEL_SHORT, sums, from + LANES).reinterpretAsInts();
      y0 =
          ((FloatVector) v.lanewise(VectorOperators.LSHL, 16).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(
                  VectorOperators.FMA,
                  FloatVector.fromArray(PANEL, scale, row),
                  FloatVector.fromArray(PANEL, minimum, row)
                      .lanewise(VectorOperators.FMA, inputs, y0));
      y1 =
          ((FloatVector)
                  (LOW_SECOND
                          ? u.lanewise(VectorOperators.LSHL, 16)
                          : v.lanewise(VectorOperators.AND, high))
                      .convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(
                  VectorOperators.FMA,
                  FloatVector.fromArray(PANEL, scale, row + SECOND),
                  FloatVector.fromArray(PANEL, minimum, row + SECOND)
                      .lanewise(VectorOperators.FMA, inputs, y1));
      y2 =
          ((FloatVector)
                  (LOW_SECOND
                          ? v.lanewise(VectorOperators.AND, high)
                          : u.lanewise(VectorOperators.LSHL, 16))
                      .convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(
                  VectorOperators.FMA,
                  FloatVector.fromArray(PANEL, scale, row + THIRD),
                  FloatVector.fromArray(PANEL, minimum, row + THIRD)
                      .lanewise(VectorOperators.FMA, inputs, y2));
      y3 =
          ((FloatVector) u.lanewise(VectorOperators.AND, high).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(
                  VectorOperators.FMA,
                  FloatVector.fromArray(PANEL, scale, row + FOURTH),
                  FloatVector.fromArray(PANEL, minimum, row + FOURTH)
                      .lanewise(VectorOperators.FMA, inputs, y3));
      from += next;
      row += rows;
    }
    y0.intoArray(y, at);
    y1.intoArray(y, at + SECOND);
    y2.intoArray(y, at + THIRD);
    y3.intoArray(y, at + FOURTH);
  }

  /** As {@link #addOne}, with z in two parts; a span is a block. */
  private static void addTwo(
      short[] sums,
      int z,
      int next,
      int spans,
      float[] scale,
      int first,
      int rows,
      float[] scales,
      int dx,
      float[] y,
      int at) {
    FloatVector y0 = FloatVector.fromArray(PANEL, y, at);
    FloatVector y1 = FloatVector.fromArray(PANEL, y, at + SECOND);
    FloatVector y2 = FloatVector.fromArray(PANEL, y, at + THIRD);
    FloatVector y3 = FloatVector.fromArray(PANEL, y, at + FOURTH);
    int from = z;
    int row = first;
    int step = Opaque.one();
    for (int s = 0; s < spans; s += step) {
      FloatVector d = FloatVector.broadcast(PANEL, scales[dx + s]);
      IntVector v0 = ShortVector.fromArray(PANEL_SHORT, sums, from).reinterpretAsInts();
      IntVector v1 = ShortVector.fromArray(PANEL_SHORT, sums, from + next).reinterpretAsInts();
      IntVector u0 = ShortVector.fromArray(PANEL_SHORT, sums, from + LANES).reinterpretAsInts();
      IntVector u1 =
          ShortVector.fromArray(PANEL_SHORT, sums, from + LANES + next).reinterpretAsInts();
      IntVector vLow =
          v0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .lanewise(
                  VectorOperators.ADD,
                  v1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      IntVector vHigh =
          v0.lanewise(VectorOperators.ASHR, 16)
              .lanewise(VectorOperators.ADD, v1.lanewise(VectorOperators.ASHR, 16));
      IntVector uLow =
          u0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .lanewise(
                  VectorOperators.ADD,
                  u1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      IntVector uHigh =
          u0.lanewise(VectorOperators.ASHR, 16)
              .lanewise(VectorOperators.ADD, u1.lanewise(VectorOperators.ASHR, 16));
      y0 =
          ((FloatVector) vLow.convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, FloatVector.fromArray(PANEL, scale, row), y0);
      y1 =
          ((FloatVector) (LOW_SECOND ? uLow : vHigh).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, FloatVector.fromArray(PANEL, scale, row + SECOND), y1);
      y2 =
          ((FloatVector) (LOW_SECOND ? vHigh : uLow).convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, FloatVector.fromArray(PANEL, scale, row + THIRD), y2);
      y3 =
          ((FloatVector) uHigh.convert(VectorOperators.I2F, 0))
              .lanewise(VectorOperators.MUL, d)
              .lanewise(VectorOperators.FMA, FloatVector.fromArray(PANEL, scale, row + FOURTH), y3);
      from += 2 * next;
      row += rows;
    }
    y0.intoArray(y, at);
    y1.intoArray(y, at + SECOND);
    y2.intoArray(y, at + THIRD);
    y3.intoArray(y, at + FOURTH);
  }
}
