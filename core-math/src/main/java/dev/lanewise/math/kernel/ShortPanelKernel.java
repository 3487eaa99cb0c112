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
  private static final int STRIP = 2 * LANES;

  private ShortPanelKernel() {}

  /**
   * What is in the panel of the scratch memory.
   *
   * @param rows rows of the tile, which are the slots of the panel
   * @param run inputs whose products are summed in 16 bits
   * @param runs runs of the panel
   * @param perSpan runs that share a scale; 1 or 2
   * @param k the first input of the panel
   */
  record Panel(int rows, int run, int runs, int perSpan, boolean minima, int k) {}

  /**
   * {@code y[yOffset + (c - first) yStride + row] += the products of the panel} for columns c =
   * {@code first} to {@code end - 1}.
   */
  static void multiply(
      Panel panel,
      Inputs x,
      int first,
      int end,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch) {
    int c = first;
    while (c < end) {
      int at = yOffset + (c - first) * yStride;
      int left = end - c;
      if (Lanes.avx512() && left >= 6 && left != 8) {
        columns(panel, x, c, 6, y, at, yStride, scratch);
        c += 6;
      } else if (left >= 4) {
        columns(panel, x, c, 4, y, at, yStride, scratch);
        c += 4;
      } else {
        columns(panel, x, c, 1, y, at, yStride, scratch);
        c++;
      }
    }
  }

  private static void columns(
      Panel panel,
      Inputs x,
      int column,
      int count,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch) {
    for (int slot = 0; slot < panel.rows(); slot += STRIP) {
      for (int span = 0; span < panel.runs() / panel.perSpan(); span++) {
        for (int part = 0; part < panel.perSpan(); part++) {
          int run = span * panel.perSpan() + part;
          int w = run * panel.run() * panel.rows() + slot;
          int q = column * x.stride() + panel.k() + run * panel.run();
          short[] sums = scratch.shortSums;
          int to = part * count * STRIP;
          switch (count) {
            case 6 -> six(scratch.shortPanel, w, panel, x.doubled(), q, x.stride(), sums, to);
            case 4 -> four(scratch.shortPanel, w, panel, x.doubled(), q, x.stride(), sums, to);
            default -> one(scratch.shortPanel, w, panel, x.doubled(), q, sums, to);
          }
        }
        for (int c = 0; c < count; c++) {
          add(panel, slot, span, x, column + c, c, count, y, yOffset + c * yStride, scratch);
        }
      }
    }
  }

  /**
   * Adds the sums of a span to one column of y, in the order of operations of {@link SpanKernel}.
   */
  private static void add(
      Panel panel,
      int slot,
      int span,
      Inputs x,
      int column,
      int c,
      int count,
      float[] y,
      int yOffset,
      ProductScratch scratch) {
    int block = (panel.k() + span * panel.run() * panel.perSpan()) / Inputs.BLOCK;
    float dx = x.scales()[column * x.blockStride() + block];
    float scaledSum = panel.minima() ? dx * NibbleKernel.sum(x, column, block) : 0;
    int scales = span * panel.rows();
    for (int v = 0; v < 2; v++) {
      IntVector z =
          ShortVector.fromArray(PANEL_SHORT, scratch.shortSums, c * STRIP + v * LANES)
              .reinterpretAsInts();
      IntVector low = z.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
      IntVector high = z.lanewise(VectorOperators.ASHR, 16);
      if (panel.perSpan() == 2) {
        IntVector z1 =
            ShortVector.fromArray(PANEL_SHORT, scratch.shortSums, (count + c) * STRIP + v * LANES)
                .reinterpretAsInts();
        low = low.add(z1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
        high = high.add(z1.lanewise(VectorOperators.ASHR, 16));
      }
      int row = ScaleKernel.firstRow(slot + v * LANES);
      int upper = row + Lanes.SHORT.length();
      FloatVector lowSum = FloatVector.fromArray(PANEL, y, yOffset + row);
      FloatVector highSum = FloatVector.fromArray(PANEL, y, yOffset + upper);
      if (panel.minima()) {
        FloatVector inputs = FloatVector.broadcast(PANEL, scaledSum);
        lowSum = FloatVector.fromArray(PANEL, scratch.minimum, scales + row).fma(inputs, lowSum);
        highSum =
            FloatVector.fromArray(PANEL, scratch.minimum, scales + upper).fma(inputs, highSum);
      }
      ((FloatVector) low.convert(VectorOperators.I2F, 0))
          .mul(dx)
          .fma(FloatVector.fromArray(PANEL, scratch.scale, scales + row), lowSum)
          .intoArray(y, yOffset + row);
      ((FloatVector) high.convert(VectorOperators.I2F, 0))
          .mul(dx)
          .fma(FloatVector.fromArray(PANEL, scratch.scale, scales + upper), highSum)
          .intoArray(y, yOffset + upper);
    }
  }

  private static void six(
      short[] w, int w0, Panel panel, int[] x, int x0, int stride, short[] sums, int to) {
    int x1 = x0 + stride;
    int x2 = x1 + stride;
    int x3 = x2 + stride;
    int x4 = x3 + stride;
    int x5 = x4 + stride;
    int rows = panel.rows();
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
    for (int k = 0; k < panel.run(); k++) {
      ShortVector v0 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * rows);
      ShortVector v1 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * rows + LANES);
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
      short[] w, int w0, Panel panel, int[] x, int x0, int stride, short[] sums, int to) {
    int x1 = x0 + stride;
    int x2 = x1 + stride;
    int x3 = x2 + stride;
    int rows = panel.rows();
    ShortVector a0 = ShortVector.zero(PANEL_SHORT);
    ShortVector a1 = a0;
    ShortVector b0 = a0;
    ShortVector b1 = a0;
    ShortVector c0 = a0;
    ShortVector c1 = a0;
    ShortVector d0 = a0;
    ShortVector d1 = a0;
    for (int k = 0; k < panel.run(); k++) {
      ShortVector v0 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * rows);
      ShortVector v1 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * rows + LANES);
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

  private static void one(short[] w, int w0, Panel panel, int[] x, int x0, short[] sums, int to) {
    int rows = panel.rows();
    ShortVector a0 = ShortVector.zero(PANEL_SHORT);
    ShortVector a1 = a0;
    for (int k = 0; k < panel.run(); k++) {
      ShortVector q = IntVector.broadcast(PANEL_INT, x[x0 + k]).reinterpretAsShorts();
      a0 = a0.add(ShortVector.fromArray(PANEL_SHORT, w, w0 + k * rows).mul(q));
      a1 = a1.add(ShortVector.fromArray(PANEL_SHORT, w, w0 + k * rows + LANES).mul(q));
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + LANES);
  }
}
