package dev.lanewise.math.kernel;

import static dev.lanewise.math.kernel.Lanes.INT;
import static dev.lanewise.math.kernel.Lanes.ORDER;
import static dev.lanewise.math.kernel.Lanes.PANEL_INT;
import static dev.lanewise.math.kernel.Lanes.PANEL_SHORT;

import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.TileLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Products that read only the inputs that are not zero. The exact sums of a span are those of all
 * its inputs, so the results are bit for bit those of the kernels that leave nothing out.
 *
 * <p>The prefetcher does not follow runs with gaps between them, and a kernel has too few reads
 * under way to make up for that. So a loop that does nothing but read fetches the inputs of some
 * spans into the second cache, before the kernel computes with them.
 */
final class SkippingKernel {
  private static final int WIDE = PANEL_SHORT.length();
  private static final int INTS = Lanes.INT.length();

  /** Tiles whose units of an input fill a vector. */
  private static final int TILES = PANEL_INT.length() / INTS;

  /** Where sums begin in {@code scratch.tileSums}: a vector begins a tile before its second one. */
  private static final int FIRST = INTS;

  private static final VectorMask<Integer> FIRST_TILE =
      VectorMask.fromLong(PANEL_INT, (1L << INTS) - 1);
  private static final VectorMask<Integer> SECOND_TILE = FIRST_TILE.not();
  private static final int CACHE_LINE = 64;

  /** Products of E2M1 that fit 16 bits: 16 * 12 * 127 = 24384. */
  private static final int MOST_E2M1_PRODUCTS = 16;

  private static final IntVector LANES = IntVector.zero(INT).addIndex(1);

  private SkippingKernel() {}

  /** Tiles {@code firstTile} to {@code endTile - 1} for one column; {@code y} is theirs alone. */
  static void multiply(
      InputMajor w,
      int firstTile,
      int endTile,
      Inputs x,
      int column,
      float[] y,
      ProductScratch scratch) {
    TileLayout layout = w.dense().layout();
    int rows = layout.tileRows();
    int span = layout.scales().span();
    ActiveInputs active = scratch.active;
    int spans = w.dense().cols() / span;
    active.reserve(w.dense().cols(), spans);
    find(w, x, column, active);
    for (int s = 0; s < spans; s += ProductScratch.CHUNK / span) {
      int count = Math.min(ProductScratch.CHUNK / span, spans - s);
      fetch(w, firstTile, endTile, s, count, active, scratch);
      for (int tile = firstTile; tile < endTile; tile += TILES) {
        sums(w, tile, s, count, x, column, scratch);
        for (int t = 0; t < Math.min(TILES, endTile - tile); t++) {
          int to = (tile + t - firstTile) * rows;
          System.arraycopy(y, to, scratch.sums, 0, rows);
          scale(w, tile + t, s, count, x, column, t, scratch);
          System.arraycopy(scratch.sums, 0, y, to, rows);
        }
      }
    }
  }

  private static void scale(
      InputMajor w,
      int tile,
      int firstSpan,
      int spans,
      Inputs x,
      int column,
      int t,
      ProductScratch scratch) {
    long from = w.scales(tile, firstSpan);
    int stride = Math.toIntExact(w.spanStride());
    if (w.dense().layout().units().fourBits()) {
      short[] z = scratch.shortTileSums[t];
      ShortSpanKernel.add(
          w.dense(), w.units(), from, stride, firstSpan, spans, x, column, z, scratch);
    } else {
      int[] z = scratch.tileSums[t];
      SpanKernel.add(
          w.dense(), w.units(), from, stride, firstSpan, spans, x, column, z, FIRST, scratch);
    }
  }

  /** Finds the inputs that are not zero. */
  private static void find(InputMajor w, Inputs x, int column, ActiveInputs active) {
    int cols = w.dense().cols();
    int span = w.dense().layout().scales().span();
    IntVector offsets = LANES.mul(w.inputStride());
    int[] all = x.doubled();
    int first = column * x.stride();
    int count = 0;
    for (int k = 0; k < cols; k += span) {
      active.starts[k / span] = count;
      for (int i = 0; i < span; i += INTS) {
        IntVector q = IntVector.fromArray(INT, all, first + k + i);
        VectorMask<Integer> isActive = q.compare(VectorOperators.NE, 0);
        q.compress(isActive).intoArray(active.doubled, count);
        offsets.add(i * w.inputStride()).compress(isActive).intoArray(active.at, count);
        count += isActive.trueCount();
      }
      if (count % 2 == 1) {
        active.at[count] = active.at[count - 1];
        active.doubled[count] = 0;
        count++;
      }
    }
    active.starts[cols / span] = count;
  }

  /** Reads the active inputs and the scales of some spans; the result is of no use. */
  private static void fetch(
      InputMajor w,
      int firstTile,
      int endTile,
      int firstSpan,
      int spans,
      ActiveInputs active,
      ProductScratch scratch) {
    int unitBytes = w.dense().layout().unitBytes();
    int bytes = (endTile - firstTile) * unitBytes;
    int scaleBytes = (int) (w.scales(endTile, 0) - w.scales(firstTile, 0));
    IntVector sum = IntVector.zero(PANEL_INT);
    MemorySegment units = w.units();
    int[] at = active.at;
    for (int s = firstSpan; s < firstSpan + spans; s++) {
      long from = s * w.spanStride() + (long) firstTile * unitBytes;
      int end = active.starts[s + 1];
      for (int i = active.starts[s]; i < end; i++) {
        long unit = from + at[i];
        for (int b = 0; b < bytes; b += CACHE_LINE) {
          sum = sum.add(IntVector.fromMemorySegment(PANEL_INT, units, unit + b, ORDER));
        }
      }
      long scales = w.scales(firstTile, s);
      for (int b = 0; b < scaleBytes; b += CACHE_LINE) {
        sum = sum.add(IntVector.fromMemorySegment(PANEL_INT, units, scales + b, ORDER));
      }
    }
    scratch.fetched = sum.lane(0);
  }

  private static void sums(
      InputMajor w,
      int tile,
      int firstSpan,
      int spans,
      Inputs x,
      int column,
      ProductScratch scratch) {
    TileLayout layout = w.dense().layout();
    ActiveInputs active = scratch.active;
    MemorySegment units = w.units();
    long spanStride = w.spanStride();
    long from = firstSpan * spanStride + (long) tile * layout.unitBytes();
    short[] out = scratch.shortTileSums[0];
    short[] out2 = scratch.shortTileSums[1];
    switch (layout.units()) {
      case NIBBLES -> {
        int block = column * x.blockStride() + firstSpan;
        nibbles(units, from, spanStride, firstSpan, spans, active, x.centres(), block, out, out2);
      }
      case E2M1_LANES -> {
        int runs = layout.scales().span() / MOST_E2M1_PRODUCTS;
        e2m1(units, from, spanStride, firstSpan, spans, runs, active, out, out2);
      }
      case BYTES -> {
        int[][] sums = scratch.tileSums;
        bytes(units, from, spanStride, firstSpan, spans, active, sums[0], sums[1]);
      }
      case E2M1_BYTES, SIX_BITS, BF16, F16, F32 ->
          throw new IllegalArgumentException(layout + " is not turned");
    }
  }

  /** The sums of {@link TwoInputKernel#nibbles}, of two tiles at a time. */
  private static void nibbles(
      MemorySegment units,
      long from,
      long spanStride,
      int firstSpan,
      int spans,
      ActiveInputs active,
      int[] centres,
      int firstBlock,
      short[] out,
      short[] out2) {
    int step = Opaque.pair();
    int[] at = active.at;
    int[] doubled = active.doubled;
    IntVector nibbles = IntVector.broadcast(PANEL_INT, Opaque.nibbles());
    for (int s = 0; s < spans; s++) {
      ShortVector z0 =
          IntVector.broadcast(PANEL_INT, centres[firstBlock + s]).reinterpretAsShorts();
      ShortVector z1 = z0;
      ShortVector z2 = z0;
      ShortVector z3 = z0;
      long base = from + s * spanStride;
      int end = active.starts[firstSpan + s + 1];
      for (int i = active.starts[firstSpan + s]; i < end; i += step) {
        IntVector v = IntVector.fromMemorySegment(PANEL_INT, units, base + at[i], ORDER);
        ShortVector q = IntVector.broadcast(PANEL_INT, doubled[i]).reinterpretAsShorts();
        z0 = z0.add(v.and(nibbles).reinterpretAsShorts().mul(q));
        z1 = z1.add(v.lanewise(VectorOperators.LSHR, 4).and(nibbles).reinterpretAsShorts().mul(q));
        z2 = z2.add(v.lanewise(VectorOperators.LSHR, 8).and(nibbles).reinterpretAsShorts().mul(q));
        z3 = z3.add(v.lanewise(VectorOperators.LSHR, 12).and(nibbles).reinterpretAsShorts().mul(q));
        IntVector u = IntVector.fromMemorySegment(PANEL_INT, units, base + at[i + 1], ORDER);
        ShortVector p = IntVector.broadcast(PANEL_INT, doubled[i + 1]).reinterpretAsShorts();
        z0 = z0.add(u.and(nibbles).reinterpretAsShorts().mul(p));
        z1 = z1.add(u.lanewise(VectorOperators.LSHR, 4).and(nibbles).reinterpretAsShorts().mul(p));
        z2 = z2.add(u.lanewise(VectorOperators.LSHR, 8).and(nibbles).reinterpretAsShorts().mul(p));
        z3 = z3.add(u.lanewise(VectorOperators.LSHR, 12).and(nibbles).reinterpretAsShorts().mul(p));
      }
      int to = TwoInputKernel.ROWS * s;
      ShortVector y0 = z0.reinterpretAsInts().rearrange(TwoInputKernel.SWAP).reinterpretAsShorts();
      ShortVector y1 = z1.reinterpretAsInts().rearrange(TwoInputKernel.SWAP).reinterpretAsShorts();
      ShortVector y2 = z2.reinterpretAsInts().rearrange(TwoInputKernel.SWAP).reinterpretAsShorts();
      ShortVector y3 = z3.reinterpretAsInts().rearrange(TwoInputKernel.SWAP).reinterpretAsShorts();
      z0.blend(y1, TwoInputKernel.UPPER).intoArray(out, to);
      z2.blend(y3, TwoInputKernel.UPPER).intoArray(out, to + WIDE);
      y0.blend(z1, TwoInputKernel.UPPER).intoArray(out2, to);
      y2.blend(z3, TwoInputKernel.UPPER).intoArray(out2, to + WIDE);
    }
  }

  /** Two runs for a span of 32: its first 16 active inputs, and the others. */
  private static void e2m1(
      MemorySegment units,
      long from,
      long spanStride,
      int firstSpan,
      int spans,
      int runs,
      ActiveInputs active,
      short[] out,
      short[] out2) {
    int step = Opaque.pair();
    int[] at = active.at;
    int[] doubled = active.doubled;
    int to = 0;
    for (int s = 0; s < spans; s++) {
      long base = from + s * spanStride;
      int i = active.starts[firstSpan + s];
      int last = active.starts[firstSpan + s + 1];
      for (int run = 0; run < runs; run++) {
        ShortVector z0 = ShortVector.zero(PANEL_SHORT);
        ShortVector z1 = z0;
        ShortVector z2 = z0;
        ShortVector z3 = z0;
        int end = Math.min(last, i + MOST_E2M1_PRODUCTS);
        for (; i < end; i += step) {
          IntVector v = IntVector.fromMemorySegment(PANEL_INT, units, base + at[i], ORDER);
          ShortVector q = IntVector.broadcast(PANEL_INT, doubled[i]).reinterpretAsShorts();
          z0 = z0.add(v.reinterpretAsShorts().selectFrom(TwoInputKernel.VALUES).mul(q));
          z1 =
              z1.add(
                  v.lanewise(VectorOperators.LSHR, 4)
                      .reinterpretAsShorts()
                      .selectFrom(TwoInputKernel.VALUES)
                      .mul(q));
          z2 =
              z2.add(
                  v.lanewise(VectorOperators.LSHR, 8)
                      .reinterpretAsShorts()
                      .selectFrom(TwoInputKernel.VALUES)
                      .mul(q));
          z3 =
              z3.add(
                  v.lanewise(VectorOperators.LSHR, 12)
                      .reinterpretAsShorts()
                      .selectFrom(TwoInputKernel.VALUES)
                      .mul(q));
          IntVector u = IntVector.fromMemorySegment(PANEL_INT, units, base + at[i + 1], ORDER);
          ShortVector p = IntVector.broadcast(PANEL_INT, doubled[i + 1]).reinterpretAsShorts();
          z0 = z0.add(u.reinterpretAsShorts().selectFrom(TwoInputKernel.VALUES).mul(p));
          z1 =
              z1.add(
                  u.lanewise(VectorOperators.LSHR, 4)
                      .reinterpretAsShorts()
                      .selectFrom(TwoInputKernel.VALUES)
                      .mul(p));
          z2 =
              z2.add(
                  u.lanewise(VectorOperators.LSHR, 8)
                      .reinterpretAsShorts()
                      .selectFrom(TwoInputKernel.VALUES)
                      .mul(p));
          z3 =
              z3.add(
                  u.lanewise(VectorOperators.LSHR, 12)
                      .reinterpretAsShorts()
                      .selectFrom(TwoInputKernel.VALUES)
                      .mul(p));
        }
        ShortVector y0 =
            z0.reinterpretAsInts().rearrange(TwoInputKernel.SWAP).reinterpretAsShorts();
        ShortVector y1 =
            z1.reinterpretAsInts().rearrange(TwoInputKernel.SWAP).reinterpretAsShorts();
        ShortVector y2 =
            z2.reinterpretAsInts().rearrange(TwoInputKernel.SWAP).reinterpretAsShorts();
        ShortVector y3 =
            z3.reinterpretAsInts().rearrange(TwoInputKernel.SWAP).reinterpretAsShorts();
        z0.blend(y1, TwoInputKernel.UPPER).intoArray(out, to);
        z2.blend(y3, TwoInputKernel.UPPER).intoArray(out, to + WIDE);
        y0.blend(z1, TwoInputKernel.UPPER).intoArray(out2, to);
        y2.blend(z3, TwoInputKernel.UPPER).intoArray(out2, to + WIDE);
        to += TwoInputKernel.ROWS;
      }
    }
  }

  /** The sums of {@link ByteKernel#sums}. */
  private static void bytes(
      MemorySegment units,
      long from,
      long spanStride,
      int firstSpan,
      int spans,
      ActiveInputs active,
      int[] out,
      int[] out2) {
    int step = Opaque.pair();
    int[] at = active.at;
    int[] doubled = active.doubled;
    IntVector lowBytes = IntVector.broadcast(PANEL_INT, Opaque.lowBytes());
    for (int s = 0; s < spans; s++) {
      IntVector even0 = IntVector.zero(PANEL_INT);
      IntVector high0 = even0;
      IntVector even1 = even0;
      IntVector high1 = even0;
      long base = from + s * spanStride;
      int end = active.starts[firstSpan + s + 1];
      int pairs = 0;
      for (int i = active.starts[firstSpan + s]; i < end; i += step) {
        int bias = -128 * ((short) doubled[i] + (short) doubled[i + 1]);
        IntVector q = IntVector.broadcast(PANEL_INT, doubled[i]);
        IntVector p = IntVector.broadcast(PANEL_INT, doubled[i + 1]);
        ShortVector b =
            IntVector.broadcast(PANEL_INT, bias << 16 | ((bias + 0x8000) & 0xffff))
                .reinterpretAsShorts();
        IntVector v = IntVector.fromMemorySegment(PANEL_INT, units, base + at[i], ORDER);
        IntVector u = IntVector.fromMemorySegment(PANEL_INT, units, base + at[i + 1], ORDER);
        IntVector z0 =
            v.and(lowBytes)
                .reinterpretAsShorts()
                .mul(q.reinterpretAsShorts())
                .add(u.and(lowBytes).reinterpretAsShorts().mul(p.reinterpretAsShorts()))
                .add(b)
                .reinterpretAsInts();
        IntVector z1 =
            v.lanewise(VectorOperators.LSHR, 8)
                .and(lowBytes)
                .reinterpretAsShorts()
                .mul(q.reinterpretAsShorts())
                .add(
                    u.lanewise(VectorOperators.LSHR, 8)
                        .and(lowBytes)
                        .reinterpretAsShorts()
                        .mul(p.reinterpretAsShorts()))
                .add(b)
                .reinterpretAsInts();
        even0 = even0.add(z0);
        high0 = high0.add(z0.lanewise(VectorOperators.ASHR, 16));
        even1 = even1.add(z1);
        high1 = high1.add(z1.lanewise(VectorOperators.ASHR, 16));
        pairs++;
      }
      int to = FIRST + 4 * INTS * s;
      IntVector added = IntVector.broadcast(PANEL_INT, pairs * 0x8000);
      IntVector low0 = even0.sub(high0.lanewise(VectorOperators.LSHL, 16)).sub(added);
      IntVector low1 = even1.sub(high1.lanewise(VectorOperators.LSHL, 16)).sub(added);
      low0.intoArray(out, to, FIRST_TILE);
      low1.intoArray(out, to + INTS, FIRST_TILE);
      high0.intoArray(out, to + 2 * INTS, FIRST_TILE);
      high1.intoArray(out, to + 3 * INTS, FIRST_TILE);
      if (TILES == 2) {
        low0.intoArray(out2, to - INTS, SECOND_TILE);
        low1.intoArray(out2, to, SECOND_TILE);
        high0.intoArray(out2, to + INTS, SECOND_TILE);
        high1.intoArray(out2, to + 2 * INTS, SECOND_TILE);
      }
    }
  }
}
