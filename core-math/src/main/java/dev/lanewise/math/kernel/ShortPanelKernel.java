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
 * 4-bit weights, expanded to 16 bits in a panel, times several 8-bit columns: two vectors of slots,
 * and 6 columns at a time with AVX-512's 32 registers, 4 with 16. A step is one 16-bit multiply and
 * one add, which together do twice the products of an FMA; the sums of a run of inputs (32 nibbles,
 * 16 of E2M1) fit 16 bits, and go through memory so that the loop over the inputs keeps to
 * registers.
 */
final class ShortPanelKernel {
  private static final int LANES = PANEL_SHORT.length();

  /** Slots that are computed together. */
  static final int STRIP = 2 * LANES;

  /**
   * Where the rows of a strip's four F32 vectors begin. The halves of the 32-bit lanes of one
   * vector of slots are rows half a pair of slot vectors apart; the second vector's rows lie
   * between them where panels are as wide as tiles, and follow where they are twice as wide.
   */
  private static final boolean LOW_SECOND = LANES == Lanes.SHORT.length();

  private static final int SECOND = LANES / 2;
  private static final int THIRD = LANES;
  private static final int FOURTH = LANES + LANES / 2;

  private ShortPanelKernel() {}

  /** Where slot {@code slot} of input {@code k} stands in a panel of {@code depth} inputs. */
  static int at(int slot, int k, int depth) {
    return (slot / STRIP * depth + k) * STRIP + slot % STRIP;
  }

  /**
   * {@code y[yOffset + (c - first) yStride + row] += the products of the panel} in the scratch
   * memory for columns c = {@code first} to {@code end - 1}.
   *
   * @param rows rows of the tile, which are the slots of the panel
   * @param depth inputs of the panel
   * @param run inputs whose products are summed in 16 bits
   * @param perSpan runs that share a scale; 1 or 2
   * @param k the first input of the panel
   */
  static void multiply(
      int rows,
      int depth,
      int run,
      int perSpan,
      boolean minima,
      Inputs x,
      int k,
      int first,
      int end,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch) {
    int c = first;
    while (c < end) {
      int left = end - c;
      int count = Lanes.avx512() && left >= 6 && left != 8 ? 6 : left >= 4 ? 4 : 1;
      if (minima) {
        scaledSums(x, k, depth, c, count, scratch);
      }
      for (int slot = 0; slot < rows; slot += STRIP) {
        strip(
            slot,
            rows,
            depth,
            run,
            perSpan,
            minima,
            x,
            k,
            c,
            count,
            y,
            yOffset + (c - first) * yStride,
            yStride,
            scratch);
      }
      c += count;
    }
  }

  /** The scale of each block of each column times the sum of its 8-bit values. */
  private static void scaledSums(
      Inputs x, int k, int depth, int column, int count, ProductScratch scratch) {
    int blocks = depth / Inputs.BLOCK;
    for (int c = 0; c < count; c++) {
      for (int b = 0; b < blocks; b++) {
        int block = k / Inputs.BLOCK + b;
        scratch.columnSums[c * blocks + b] =
            x.scales()[(column + c) * x.blockStride() + block]
                * NibbleKernel.sum(x, column + c, block);
      }
    }
  }

  private static void strip(
      int slot,
      int rows,
      int depth,
      int run,
      int perSpan,
      boolean minima,
      Inputs x,
      int k,
      int column,
      int count,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch) {
    int span = run * perSpan;
    int firstRow = ScaleKernel.firstRow(slot);
    int blocks = depth / Inputs.BLOCK;
    short[] w = scratch.shortPanel;
    short[] sums = scratch.shortSums;
    int stride = x.stride();
    for (int i = 0; i < depth; i += span) {
      for (int part = 0; part < perSpan; part++) {
        int from = at(slot, i + part * run, depth);
        int q = column * stride + k + i + part * run;
        int to = part * count * STRIP;
        switch (count) {
          case 6 -> six(w, from, run, x.doubled(), q, stride, sums, to);
          case 4 -> four(w, from, run, x.doubled(), q, stride, sums, to);
          default -> one(w, from, run, x.doubled(), q, sums, to);
        }
      }
      int scales = i / span * rows + firstRow;
      int dx = column * x.blockStride() + (k + i) / Inputs.BLOCK;
      int at = yOffset + firstRow;
      if (minima) {
        int block = i / Inputs.BLOCK;
        addWithMinima(
            sums,
            count,
            scratch.scale,
            scratch.minimum,
            scales,
            scratch.columnSums,
            block,
            blocks,
            x.scales(),
            dx,
            x.blockStride(),
            y,
            at,
            yStride);
      } else if (perSpan == 2) {
        addTwo(sums, count, scratch.scale, scales, x.scales(), dx, x.blockStride(), y, at, yStride);
      } else {
        addOne(sums, count, scratch.scale, scales, x.scales(), dx, x.blockStride(), y, at, yStride);
      }
    }
  }

  /** {@code y = fma(scale, z dx, y)} for the rows of a strip and {@code count} columns. */
  private static void addOne(
      short[] sums,
      int count,
      float[] scale,
      int first,
      float[] scales,
      int dx,
      int dxStride,
      float[] y,
      int yOffset,
      int yStride) {
    FloatVector scale0 = FloatVector.fromArray(PANEL, scale, first);
    FloatVector scale1 = FloatVector.fromArray(PANEL, scale, first + SECOND);
    FloatVector scale2 = FloatVector.fromArray(PANEL, scale, first + THIRD);
    FloatVector scale3 = FloatVector.fromArray(PANEL, scale, first + FOURTH);
    int at = yOffset;
    for (int c = 0; c < count; c++) {
      FloatVector d = FloatVector.broadcast(PANEL, scales[dx + c * dxStride]);
      IntVector v = ShortVector.fromArray(PANEL_SHORT, sums, c * STRIP).reinterpretAsInts();
      IntVector u = ShortVector.fromArray(PANEL_SHORT, sums, c * STRIP + LANES).reinterpretAsInts();
      ((FloatVector)
              v.lanewise(VectorOperators.LSHL, 16)
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale0, FloatVector.fromArray(PANEL, y, at))
          .intoArray(y, at);
      ((FloatVector)
              (LOW_SECOND ? u.lanewise(VectorOperators.LSHL, 16) : v)
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale1, FloatVector.fromArray(PANEL, y, at + SECOND))
          .intoArray(y, at + SECOND);
      ((FloatVector)
              (LOW_SECOND ? v : u.lanewise(VectorOperators.LSHL, 16))
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale2, FloatVector.fromArray(PANEL, y, at + THIRD))
          .intoArray(y, at + THIRD);
      ((FloatVector) u.lanewise(VectorOperators.ASHR, 16).convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale3, FloatVector.fromArray(PANEL, y, at + FOURTH))
          .intoArray(y, at + FOURTH);
      at += yStride;
    }
  }

  /** As {@link #addOne}, upon {@code y = fma(minimum, scaledSum, y)}. */
  private static void addWithMinima(
      short[] sums,
      int count,
      float[] scale,
      float[] minimum,
      int first,
      float[] scaledSums,
      int block,
      int blocks,
      float[] scales,
      int dx,
      int dxStride,
      float[] y,
      int yOffset,
      int yStride) {
    FloatVector scale0 = FloatVector.fromArray(PANEL, scale, first);
    FloatVector scale1 = FloatVector.fromArray(PANEL, scale, first + SECOND);
    FloatVector scale2 = FloatVector.fromArray(PANEL, scale, first + THIRD);
    FloatVector scale3 = FloatVector.fromArray(PANEL, scale, first + FOURTH);
    FloatVector minimum0 = FloatVector.fromArray(PANEL, minimum, first);
    FloatVector minimum1 = FloatVector.fromArray(PANEL, minimum, first + SECOND);
    FloatVector minimum2 = FloatVector.fromArray(PANEL, minimum, first + THIRD);
    FloatVector minimum3 = FloatVector.fromArray(PANEL, minimum, first + FOURTH);
    int at = yOffset;
    for (int c = 0; c < count; c++) {
      FloatVector d = FloatVector.broadcast(PANEL, scales[dx + c * dxStride]);
      FloatVector inputs = FloatVector.broadcast(PANEL, scaledSums[c * blocks + block]);
      IntVector v = ShortVector.fromArray(PANEL_SHORT, sums, c * STRIP).reinterpretAsInts();
      IntVector u = ShortVector.fromArray(PANEL_SHORT, sums, c * STRIP + LANES).reinterpretAsInts();
      ((FloatVector)
              v.lanewise(VectorOperators.LSHL, 16)
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale0, minimum0.fma(inputs, FloatVector.fromArray(PANEL, y, at)))
          .intoArray(y, at);
      ((FloatVector)
              (LOW_SECOND ? u.lanewise(VectorOperators.LSHL, 16) : v)
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale1, minimum1.fma(inputs, FloatVector.fromArray(PANEL, y, at + SECOND)))
          .intoArray(y, at + SECOND);
      ((FloatVector)
              (LOW_SECOND ? v : u.lanewise(VectorOperators.LSHL, 16))
                  .lanewise(VectorOperators.ASHR, 16)
                  .convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale2, minimum2.fma(inputs, FloatVector.fromArray(PANEL, y, at + THIRD)))
          .intoArray(y, at + THIRD);
      ((FloatVector) u.lanewise(VectorOperators.ASHR, 16).convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale3, minimum3.fma(inputs, FloatVector.fromArray(PANEL, y, at + FOURTH)))
          .intoArray(y, at + FOURTH);
      at += yStride;
    }
  }

  /** As {@link #addOne}, with z in two parts. */
  private static void addTwo(
      short[] sums,
      int count,
      float[] scale,
      int first,
      float[] scales,
      int dx,
      int dxStride,
      float[] y,
      int yOffset,
      int yStride) {
    FloatVector scale0 = FloatVector.fromArray(PANEL, scale, first);
    FloatVector scale1 = FloatVector.fromArray(PANEL, scale, first + SECOND);
    FloatVector scale2 = FloatVector.fromArray(PANEL, scale, first + THIRD);
    FloatVector scale3 = FloatVector.fromArray(PANEL, scale, first + FOURTH);
    int second = count * STRIP;
    int at = yOffset;
    for (int c = 0; c < count; c++) {
      FloatVector d = FloatVector.broadcast(PANEL, scales[dx + c * dxStride]);
      int from = c * STRIP;
      IntVector v0 = ShortVector.fromArray(PANEL_SHORT, sums, from).reinterpretAsInts();
      IntVector v1 = ShortVector.fromArray(PANEL_SHORT, sums, from + second).reinterpretAsInts();
      IntVector u0 = ShortVector.fromArray(PANEL_SHORT, sums, from + LANES).reinterpretAsInts();
      IntVector u1 =
          ShortVector.fromArray(PANEL_SHORT, sums, from + LANES + second).reinterpretAsInts();
      IntVector vLow =
          v0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .add(v1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      IntVector vHigh =
          v0.lanewise(VectorOperators.ASHR, 16).add(v1.lanewise(VectorOperators.ASHR, 16));
      IntVector uLow =
          u0.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .add(u1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      IntVector uHigh =
          u0.lanewise(VectorOperators.ASHR, 16).add(u1.lanewise(VectorOperators.ASHR, 16));
      ((FloatVector) vLow.convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale0, FloatVector.fromArray(PANEL, y, at))
          .intoArray(y, at);
      ((FloatVector) (LOW_SECOND ? uLow : vHigh).convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale1, FloatVector.fromArray(PANEL, y, at + SECOND))
          .intoArray(y, at + SECOND);
      ((FloatVector) (LOW_SECOND ? vHigh : uLow).convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale2, FloatVector.fromArray(PANEL, y, at + THIRD))
          .intoArray(y, at + THIRD);
      ((FloatVector) uHigh.convert(VectorOperators.I2F, 0))
          .mul(d)
          .fma(scale3, FloatVector.fromArray(PANEL, y, at + FOURTH))
          .intoArray(y, at + FOURTH);
      at += yStride;
    }
  }

  private static void six(
      short[] w, int w0, int run, int[] x, int x0, int stride, short[] sums, int to) {
    int x1 = x0 + stride;
    int x2 = x1 + stride;
    int x3 = x2 + stride;
    int x4 = x3 + stride;
    int x5 = x4 + stride;
    ShortVector a0 = ShortVector.zero(PANEL_SHORT);
    ShortVector a1 = a0;
    ShortVector b0 = a0;
    ShortVector b1 = a0;
    ShortVector c0 = a0;
    ShortVector c1 = a0;
    ShortVector d0 = a0;
    ShortVector d1 = a0;
    ShortVector e0 = a0;
    ShortVector e1 = a0;
    ShortVector f0 = a0;
    ShortVector f1 = a0;
    for (int k = 0; k < run; k++) {
      ShortVector v0 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP);
      ShortVector v1 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP + LANES);
      ShortVector qa = IntVector.broadcast(PANEL_INT, x[x0 + k]).reinterpretAsShorts();
      a0 = a0.add(v0.mul(qa));
      a1 = a1.add(v1.mul(qa));
      ShortVector qb = IntVector.broadcast(PANEL_INT, x[x1 + k]).reinterpretAsShorts();
      b0 = b0.add(v0.mul(qb));
      b1 = b1.add(v1.mul(qb));
      ShortVector qc = IntVector.broadcast(PANEL_INT, x[x2 + k]).reinterpretAsShorts();
      c0 = c0.add(v0.mul(qc));
      c1 = c1.add(v1.mul(qc));
      ShortVector qd = IntVector.broadcast(PANEL_INT, x[x3 + k]).reinterpretAsShorts();
      d0 = d0.add(v0.mul(qd));
      d1 = d1.add(v1.mul(qd));
      ShortVector qe = IntVector.broadcast(PANEL_INT, x[x4 + k]).reinterpretAsShorts();
      e0 = e0.add(v0.mul(qe));
      e1 = e1.add(v1.mul(qe));
      ShortVector qf = IntVector.broadcast(PANEL_INT, x[x5 + k]).reinterpretAsShorts();
      f0 = f0.add(v0.mul(qf));
      f1 = f1.add(v1.mul(qf));
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + LANES);
    b0.intoArray(sums, to + 2 * LANES);
    b1.intoArray(sums, to + 3 * LANES);
    c0.intoArray(sums, to + 4 * LANES);
    c1.intoArray(sums, to + 5 * LANES);
    d0.intoArray(sums, to + 6 * LANES);
    d1.intoArray(sums, to + 7 * LANES);
    e0.intoArray(sums, to + 8 * LANES);
    e1.intoArray(sums, to + 9 * LANES);
    f0.intoArray(sums, to + 10 * LANES);
    f1.intoArray(sums, to + 11 * LANES);
  }

  private static void four(
      short[] w, int w0, int run, int[] x, int x0, int stride, short[] sums, int to) {
    int x1 = x0 + stride;
    int x2 = x1 + stride;
    int x3 = x2 + stride;
    ShortVector a0 = ShortVector.zero(PANEL_SHORT);
    ShortVector a1 = a0;
    ShortVector b0 = a0;
    ShortVector b1 = a0;
    ShortVector c0 = a0;
    ShortVector c1 = a0;
    ShortVector d0 = a0;
    ShortVector d1 = a0;
    for (int k = 0; k < run; k++) {
      ShortVector v0 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP);
      ShortVector v1 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP + LANES);
      ShortVector qa = IntVector.broadcast(PANEL_INT, x[x0 + k]).reinterpretAsShorts();
      a0 = a0.add(v0.mul(qa));
      a1 = a1.add(v1.mul(qa));
      ShortVector qb = IntVector.broadcast(PANEL_INT, x[x1 + k]).reinterpretAsShorts();
      b0 = b0.add(v0.mul(qb));
      b1 = b1.add(v1.mul(qb));
      ShortVector qc = IntVector.broadcast(PANEL_INT, x[x2 + k]).reinterpretAsShorts();
      c0 = c0.add(v0.mul(qc));
      c1 = c1.add(v1.mul(qc));
      ShortVector qd = IntVector.broadcast(PANEL_INT, x[x3 + k]).reinterpretAsShorts();
      d0 = d0.add(v0.mul(qd));
      d1 = d1.add(v1.mul(qd));
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + LANES);
    b0.intoArray(sums, to + 2 * LANES);
    b1.intoArray(sums, to + 3 * LANES);
    c0.intoArray(sums, to + 4 * LANES);
    c1.intoArray(sums, to + 5 * LANES);
    d0.intoArray(sums, to + 6 * LANES);
    d1.intoArray(sums, to + 7 * LANES);
  }

  private static void one(short[] w, int w0, int run, int[] x, int x0, short[] sums, int to) {
    ShortVector a0 = ShortVector.zero(PANEL_SHORT);
    ShortVector a1 = a0;
    for (int k = 0; k < run; k++) {
      ShortVector q = IntVector.broadcast(PANEL_INT, x[x0 + k]).reinterpretAsShorts();
      a0 = a0.add(ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP).mul(q));
      a1 = a1.add(ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP + LANES).mul(q));
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + LANES);
  }
}
