package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.PANEL_INT;
import static dev.lanewise.math.kernel.Lanes.PANEL_SHORT;

import dev.lanewise.math.matrix.Inputs;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * 4-bit weights, expanded to 16 bits in a panel, times several 8-bit columns: two vectors of slots,
 * and 8 columns at a time with AVX-512's 32 registers, 4 with 16. A step is one 16-bit multiply and
 * one add, which together do twice the products of an FMA; the sums of a run of 16 or 32 inputs fit
 * 16 bits. The sums of all spans of a panel go through memory: so the loop over the inputs keeps to
 * registers, and scaling, span by span, keeps y in registers.
 *
 * <p>The columns are read interleaved ({@link Inputs#interleaved}), at offsets from one address:
 * with an address for each, eight columns run out of general registers.
 */
final class ShortPanelKernel {
  private static final int LANES = PANEL_SHORT.length();

  /** Inputs whose products with weights of four bits fit 16 bits, whatever they are. */
  private static final int LEAST_RUN = 16;

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
      int count = together(c, end);
      int columns = Math.min(count, end - c);
      int run = span > LEAST_RUN && fits(x, k, depth, c, columns, most) ? span : LEAST_RUN;
      for (int slot = 0; slot < rows; slot += STRIP) {
        strip(at(slot, 0, depth), depth / run, run, x, k, c, count, scratch);
        ShortPanelSums.add(
            ScaleKernel.firstRow(slot),
            rows,
            depth,
            span,
            run,
            minima,
            x,
            k,
            c,
            columns,
            count,
            y,
            yOffset + (c - first) * yStride,
            yStride,
            scratch);
      }
      c += columns;
    }
  }

  /**
   * How many columns from {@code c} on to compute together. Columns beyond the last are computed in
   * vain where that takes less time than one after the other, which costs a third of four.
   */
  private static int together(int c, int end) {
    int place = c % Inputs.GROUP;
    if (Lanes.avx512() && place == 0 && end - c > 4) {
      return 8;
    }
    return place % 4 == 0 && end - c > 2 ? 4 : 1;
  }

  /**
   * Whether the products of a block of 32 inputs with weights of at most {@code most} are sure to
   * fit 16 bits, in each block of some columns. With 8 they always do, with E2M1's 12 if the mean
   * magnitude of the block is at most 85, which few blocks exceed.
   */
  private static boolean fits(Inputs x, int k, int depth, int column, int count, int most) {
    if (most * Inputs.MOST * Inputs.BLOCK <= Short.MAX_VALUE) {
      return true;
    }
    int blocks = depth / Inputs.BLOCK;
    int whole = INT.loopBound(blocks);
    IntVector largest = IntVector.zero(INT);
    int rest = 0;
    for (int c = column; c < column + count; c++) {
      int first = c * x.blockStride() + k / Inputs.BLOCK;
      for (int b = 0; b < whole; b += INT.length()) {
        largest = largest.max(IntVector.fromArray(INT, x.magnitudes(), first + b));
      }
      for (int b = whole; b < blocks; b++) {
        rest = Math.max(rest, x.magnitudes()[first + b]);
      }
    }
    return most * Math.max(rest, largest.reduceLanes(VectorOperators.MAX)) <= Short.MAX_VALUE;
  }

  /** The sums of all runs of a strip, {@code [run][column][slot]}, to the scratch memory. */
  private static void strip(
      int from, int runs, int run, Inputs x, int k, int column, int count, ProductScratch scratch) {
    short[] w = scratch.shortPanel;
    short[] sums = scratch.shortSums;
    int[] q = x.interleaved();
    int at = x.interleavedAt(column, k);
    int to = 0;
    for (int r = 0; r < runs; r++) {
      switch (count) {
        case 8 -> eight(w, from, run, q, at, sums, to);
        case 4 -> four(w, from, run, q, at, sums, to);
        default -> one(w, from, run, q, at, sums, to);
      }
      from += run * STRIP;
      at += run * Inputs.GROUP;
      to += count * STRIP;
    }
  }

  private static void eight(short[] w, int w0, int run, int[] x, int x0, short[] sums, int to) {
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
    ShortVector g0 = a0;
    ShortVector g1 = a0;
    ShortVector h0 = a0;
    ShortVector h1 = a0;
    for (int k = 0; k < run; k++) {
      int at = x0 + k * Inputs.GROUP;
      ShortVector v0 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP);
      ShortVector v1 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP + LANES);
      ShortVector qa = IntVector.broadcast(PANEL_INT, x[at]).reinterpretAsShorts();
      a0 = a0.add(v0.mul(qa));
      a1 = a1.add(v1.mul(qa));
      ShortVector qb = IntVector.broadcast(PANEL_INT, x[at + 1]).reinterpretAsShorts();
      b0 = b0.add(v0.mul(qb));
      b1 = b1.add(v1.mul(qb));
      ShortVector qc = IntVector.broadcast(PANEL_INT, x[at + 2]).reinterpretAsShorts();
      c0 = c0.add(v0.mul(qc));
      c1 = c1.add(v1.mul(qc));
      ShortVector qd = IntVector.broadcast(PANEL_INT, x[at + 3]).reinterpretAsShorts();
      d0 = d0.add(v0.mul(qd));
      d1 = d1.add(v1.mul(qd));
      ShortVector qe = IntVector.broadcast(PANEL_INT, x[at + 4]).reinterpretAsShorts();
      e0 = e0.add(v0.mul(qe));
      e1 = e1.add(v1.mul(qe));
      ShortVector qf = IntVector.broadcast(PANEL_INT, x[at + 5]).reinterpretAsShorts();
      f0 = f0.add(v0.mul(qf));
      f1 = f1.add(v1.mul(qf));
      ShortVector qg = IntVector.broadcast(PANEL_INT, x[at + 6]).reinterpretAsShorts();
      g0 = g0.add(v0.mul(qg));
      g1 = g1.add(v1.mul(qg));
      ShortVector qh = IntVector.broadcast(PANEL_INT, x[at + 7]).reinterpretAsShorts();
      h0 = h0.add(v0.mul(qh));
      h1 = h1.add(v1.mul(qh));
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
    g0.intoArray(sums, to + 12 * LANES);
    g1.intoArray(sums, to + 13 * LANES);
    h0.intoArray(sums, to + 14 * LANES);
    h1.intoArray(sums, to + 15 * LANES);
  }

  private static void four(short[] w, int w0, int run, int[] x, int x0, short[] sums, int to) {
    ShortVector a0 = ShortVector.zero(PANEL_SHORT);
    ShortVector a1 = a0;
    ShortVector b0 = a0;
    ShortVector b1 = a0;
    ShortVector c0 = a0;
    ShortVector c1 = a0;
    ShortVector d0 = a0;
    ShortVector d1 = a0;
    for (int k = 0; k < run; k++) {
      int at = x0 + k * Inputs.GROUP;
      ShortVector v0 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP);
      ShortVector v1 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP + LANES);
      ShortVector qa = IntVector.broadcast(PANEL_INT, x[at]).reinterpretAsShorts();
      a0 = a0.add(v0.mul(qa));
      a1 = a1.add(v1.mul(qa));
      ShortVector qb = IntVector.broadcast(PANEL_INT, x[at + 1]).reinterpretAsShorts();
      b0 = b0.add(v0.mul(qb));
      b1 = b1.add(v1.mul(qb));
      ShortVector qc = IntVector.broadcast(PANEL_INT, x[at + 2]).reinterpretAsShorts();
      c0 = c0.add(v0.mul(qc));
      c1 = c1.add(v1.mul(qc));
      ShortVector qd = IntVector.broadcast(PANEL_INT, x[at + 3]).reinterpretAsShorts();
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
      int at = x0 + k * Inputs.GROUP;
      ShortVector v0 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP);
      ShortVector v1 = ShortVector.fromArray(PANEL_SHORT, w, w0 + k * STRIP + LANES);
      ShortVector qa = IntVector.broadcast(PANEL_INT, x[at]).reinterpretAsShorts();
      a0 = a0.add(v0.mul(qa));
      a1 = a1.add(v1.mul(qa));
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + LANES);
  }
}
