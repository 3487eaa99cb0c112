package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.PANEL;

import jdk.incubator.vector.FloatVector;

/**
 * Decoded weights times F32 columns: 2 vectors of rows times 6 columns a step, which is 12 sums, 2
 * weights and a broadcast in 15 of AVX2's 16 registers. 12 sums cover the 4 cycles of two FMAs a
 * cycle with room to spare; the 8 of 4 columns only just do, and reach two thirds of the peak. Each
 * sum runs over k in order, so a column's result does not depend on its neighbours.
 */
final class PanelKernel {
  private static final int LANES = PANEL.length();

  /** Output rows of a panel. */
  static final int ROWS = 2 * LANES;

  private PanelKernel() {}

  /**
   * {@code y[yOffset + c yStride + r] += sum over k of strip[k][r] x[xOffset + c xStride + k]} for
   * {@code columns} columns c and the rows r of the strip at {@code strip}.
   */
  static void multiply(
      float[] panel,
      int strip,
      int depth,
      float[] x,
      int xOffset,
      int xStride,
      int columns,
      float[] y,
      int yOffset,
      int yStride) {
    int c = 0;
    for (; columns - c >= 6 && columns - c != 8; c += 6) {
      int at = yOffset + c * yStride;
      sixColumns(panel, strip, depth, x, xOffset + c * xStride, xStride, y, at, yStride);
    }
    for (; c + 4 <= columns; c += 4) {
      int at = yOffset + c * yStride;
      fourColumns(panel, strip, depth, x, xOffset + c * xStride, xStride, y, at, yStride);
    }
    for (; c < columns; c++) {
      oneColumn(panel, strip, depth, x, xOffset + c * xStride, y, yOffset + c * yStride);
    }
  }

  private static void sixColumns(
      float[] panel,
      int strip,
      int depth,
      float[] x,
      int x0,
      int xStride,
      float[] y,
      int y0,
      int yStride) {
    int x1 = x0 + xStride;
    int x2 = x1 + xStride;
    int x3 = x2 + xStride;
    int x4 = x3 + xStride;
    int x5 = x4 + xStride;
    int y1 = y0 + yStride;
    int y2 = y1 + yStride;
    int y3 = y2 + yStride;
    int y4 = y3 + yStride;
    int y5 = y4 + yStride;
    FloatVector sum00 = FloatVector.fromArray(PANEL, y, y0);
    FloatVector sum01 = FloatVector.fromArray(PANEL, y, y0 + LANES);
    FloatVector sum10 = FloatVector.fromArray(PANEL, y, y1);
    FloatVector sum11 = FloatVector.fromArray(PANEL, y, y1 + LANES);
    FloatVector sum20 = FloatVector.fromArray(PANEL, y, y2);
    FloatVector sum21 = FloatVector.fromArray(PANEL, y, y2 + LANES);
    FloatVector sum30 = FloatVector.fromArray(PANEL, y, y3);
    FloatVector sum31 = FloatVector.fromArray(PANEL, y, y3 + LANES);
    FloatVector sum40 = FloatVector.fromArray(PANEL, y, y4);
    FloatVector sum41 = FloatVector.fromArray(PANEL, y, y4 + LANES);
    FloatVector sum50 = FloatVector.fromArray(PANEL, y, y5);
    FloatVector sum51 = FloatVector.fromArray(PANEL, y, y5 + LANES);
    for (int k = 0; k < depth; k++) {
      FloatVector w0 = FloatVector.fromArray(PANEL, panel, strip + k * ROWS);
      FloatVector w1 = FloatVector.fromArray(PANEL, panel, strip + k * ROWS + LANES);
      FloatVector q0 = FloatVector.broadcast(PANEL, x[x0 + k]);
      sum00 = w0.fma(q0, sum00);
      sum01 = w1.fma(q0, sum01);
      FloatVector q1 = FloatVector.broadcast(PANEL, x[x1 + k]);
      sum10 = w0.fma(q1, sum10);
      sum11 = w1.fma(q1, sum11);
      FloatVector q2 = FloatVector.broadcast(PANEL, x[x2 + k]);
      sum20 = w0.fma(q2, sum20);
      sum21 = w1.fma(q2, sum21);
      FloatVector q3 = FloatVector.broadcast(PANEL, x[x3 + k]);
      sum30 = w0.fma(q3, sum30);
      sum31 = w1.fma(q3, sum31);
      FloatVector q4 = FloatVector.broadcast(PANEL, x[x4 + k]);
      sum40 = w0.fma(q4, sum40);
      sum41 = w1.fma(q4, sum41);
      FloatVector q5 = FloatVector.broadcast(PANEL, x[x5 + k]);
      sum50 = w0.fma(q5, sum50);
      sum51 = w1.fma(q5, sum51);
    }
    sum00.intoArray(y, y0);
    sum01.intoArray(y, y0 + LANES);
    sum10.intoArray(y, y1);
    sum11.intoArray(y, y1 + LANES);
    sum20.intoArray(y, y2);
    sum21.intoArray(y, y2 + LANES);
    sum30.intoArray(y, y3);
    sum31.intoArray(y, y3 + LANES);
    sum40.intoArray(y, y4);
    sum41.intoArray(y, y4 + LANES);
    sum50.intoArray(y, y5);
    sum51.intoArray(y, y5 + LANES);
  }

  private static void fourColumns(
      float[] panel,
      int strip,
      int depth,
      float[] x,
      int x0,
      int xStride,
      float[] y,
      int y0,
      int yStride) {
    int x1 = x0 + xStride;
    int x2 = x1 + xStride;
    int x3 = x2 + xStride;
    int y1 = y0 + yStride;
    int y2 = y1 + yStride;
    int y3 = y2 + yStride;
    FloatVector sum00 = FloatVector.fromArray(PANEL, y, y0);
    FloatVector sum01 = FloatVector.fromArray(PANEL, y, y0 + LANES);
    FloatVector sum10 = FloatVector.fromArray(PANEL, y, y1);
    FloatVector sum11 = FloatVector.fromArray(PANEL, y, y1 + LANES);
    FloatVector sum20 = FloatVector.fromArray(PANEL, y, y2);
    FloatVector sum21 = FloatVector.fromArray(PANEL, y, y2 + LANES);
    FloatVector sum30 = FloatVector.fromArray(PANEL, y, y3);
    FloatVector sum31 = FloatVector.fromArray(PANEL, y, y3 + LANES);
    for (int k = 0; k < depth; k++) {
      FloatVector w0 = FloatVector.fromArray(PANEL, panel, strip + k * ROWS);
      FloatVector w1 = FloatVector.fromArray(PANEL, panel, strip + k * ROWS + LANES);
      FloatVector q0 = FloatVector.broadcast(PANEL, x[x0 + k]);
      sum00 = w0.fma(q0, sum00);
      sum01 = w1.fma(q0, sum01);
      FloatVector q1 = FloatVector.broadcast(PANEL, x[x1 + k]);
      sum10 = w0.fma(q1, sum10);
      sum11 = w1.fma(q1, sum11);
      FloatVector q2 = FloatVector.broadcast(PANEL, x[x2 + k]);
      sum20 = w0.fma(q2, sum20);
      sum21 = w1.fma(q2, sum21);
      FloatVector q3 = FloatVector.broadcast(PANEL, x[x3 + k]);
      sum30 = w0.fma(q3, sum30);
      sum31 = w1.fma(q3, sum31);
    }
    sum00.intoArray(y, y0);
    sum01.intoArray(y, y0 + LANES);
    sum10.intoArray(y, y1);
    sum11.intoArray(y, y1 + LANES);
    sum20.intoArray(y, y2);
    sum21.intoArray(y, y2 + LANES);
    sum30.intoArray(y, y3);
    sum31.intoArray(y, y3 + LANES);
  }

  private static void oneColumn(
      float[] panel, int strip, int depth, float[] x, int x0, float[] y, int y0) {
    FloatVector sum0 = FloatVector.fromArray(PANEL, y, y0);
    FloatVector sum1 = FloatVector.fromArray(PANEL, y, y0 + LANES);
    for (int k = 0; k < depth; k++) {
      FloatVector q = FloatVector.broadcast(PANEL, x[x0 + k]);
      sum0 = FloatVector.fromArray(PANEL, panel, strip + k * ROWS).fma(q, sum0);
      sum1 = FloatVector.fromArray(PANEL, panel, strip + k * ROWS + LANES).fma(q, sum1);
    }
    sum0.intoArray(y, y0);
    sum1.intoArray(y, y0 + LANES);
  }
}
