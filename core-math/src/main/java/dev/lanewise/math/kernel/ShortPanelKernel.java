package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.PANEL_INT;
import static dev.lanewise.math.kernel.Lanes.PANEL_SHORT;

import dev.lanewise.math.matrix.Inputs;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * 4-bit weights, expanded to 16 bits in a panel, times several 8-bit columns: two vectors of slots,
 * and 6 columns at a time with AVX-512's 32 registers, 4 with 16. A step is one 16-bit multiply and
 * one add, which together do twice the products of an FMA; the sums of a run of 16 or 32 inputs fit
 * 16 bits. The sums of all spans of a panel go through memory: so the loop over the inputs keeps to
 * registers, and scaling, span by span, keeps y in registers.
 */
final class ShortPanelKernel {
  private static final int LANES = PANEL_SHORT.length();

  /** Slots that are computed together. */
  static final int STRIP = 2 * LANES;

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
   * @param span inputs that share a scale; 16 or 32
   * @param most the largest magnitude of a weight's integer value
   * @param k the first input of the panel
   */
  static void multiply(
      int rows,
      int depth,
      int span,
      int most,
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
      int run = fits(x, k, depth, c, count, most) ? span : 16;
      for (int slot = 0; slot < rows; slot += STRIP) {
        strip(
            slot,
            rows,
            depth,
            span,
            run,
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

  /**
   * Whether the products of a block of 32 inputs with weights of at most {@code most} are sure to
   * fit 16 bits, in each block of some columns. With 8 they always do, with E2M1's 12 if the mean
   * magnitude of the block is at most 85, which few blocks exceed.
   */
  private static boolean fits(Inputs x, int k, int depth, int column, int count, int most) {
    int largest = 0;
    for (int c = column; c < column + count; c++) {
      int first = c * x.blockStride() + k / Inputs.BLOCK;
      for (int b = first; b < first + depth / Inputs.BLOCK; b++) {
        largest = Math.max(largest, x.magnitudes()[b]);
      }
    }
    return most * largest <= Short.MAX_VALUE;
  }

  private static void strip(
      int slot,
      int rows,
      int depth,
      int span,
      int run,
      boolean minima,
      Inputs x,
      int k,
      int column,
      int count,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch) {
    int firstRow = ScaleKernel.firstRow(slot);
    short[] w = scratch.shortPanel;
    short[] sums = scratch.shortSums;
    int stride = x.stride();
    for (int i = 0; i < depth; i += run) {
      int from = at(slot, i, depth);
      int q = column * stride + k + i;
      int to = i / run * count * STRIP;
      switch (count) {
        case 6 -> six(w, from, run, x.doubled(), q, stride, sums, to);
        case 4 -> four(w, from, run, x.doubled(), q, stride, sums, to);
        default -> one(w, from, run, x.doubled(), q, sums, to);
      }
    }
    ShortPanelSums.add(
        firstRow,
        rows,
        depth,
        span,
        span / run,
        minima,
        x,
        k,
        column,
        count,
        y,
        yOffset,
        yStride,
        scratch);
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
