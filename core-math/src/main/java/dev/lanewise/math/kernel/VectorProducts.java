package dev.lanewise.math.kernel;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Scales;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** {@link ProductKernels} in vectors: one class of static kernels for each kind of units. */
final class VectorProducts implements ProductKernels {
  /** From this many columns on it pays to unfold weights for several. */
  private static final int LEAST_SHARED_COLUMNS = 4;

  /** The largest magnitude of twice the value of an E2M1 code. */
  private static final int E2M1_MOST = 12;

  /** Up to this many columns the memory is what takes the time. */
  private static final int MOST_FEW_COLUMNS = 32;

  /**
   * From this many columns on 4 bits are multiplied in panels, which want the columns interleaved;
   * on AVX-512 unfolding them for each four columns is faster before.
   */
  private static final int LEAST_PANEL_COLUMNS =
      Lanes.avx512() ? MOST_FEW_COLUMNS + 1 : LEAST_SHARED_COLUMNS;

  @Override
  public TileLayout layout(BlockFormat format) {
    return TileLayout.of(format, Lanes.SHORT.length(), Lanes.avx512());
  }

  @Override
  public void round(Inputs x, int columns, int column, int first, int end, int length) {
    InputKernel.round(x, column, first, end, length, columns >= LEAST_PANEL_COLUMNS);
  }

  @Override
  public boolean sharesColumns(Matrix w, int columns) {
    boolean shared = Lanes.avx512() || w.layout().units().fourBits();
    return shared && !w.layout().units().wide() && columns >= LEAST_SHARED_COLUMNS;
  }

  @Override
  public boolean roundsPrompts(Matrix w) {
    return w.layout().units().fourBits()
        && Lanes.avx512()
        && (long) w.rows() * w.cols() >= ScalarProducts.LEAST_ROUNDED_WEIGHTS;
  }

  @Override
  public void one(
      Matrix w, int tile, Inputs x, int column, float[] y, int yOffset, ProductScratch scratch) {
    int rows = w.layout().tileRows();
    Arrays.fill(scratch.sums, 0, rows, 0);
    if (w.layout().units().wide()) {
      WideKernel.one(w, w.tile(tile), x, column, scratch);
    } else {
      int span = w.layout().scales().span();
      for (int k = 0; k < w.cols(); k += ProductScratch.CHUNK) {
        int spans = Math.min(ProductScratch.CHUNK, w.cols() - k) / span;
        long at = w.group(tile, k);
        if (scalesInRegisters(w)) {
          ByteKernel512.addHalves(
              w.tiles(), at, w.layout().spanBytes(), spans, x, column, k, scratch.sums);
        } else if (inShorts(w)) {
          shortSums(w, at + w.layout().headBytes(), k, spans, x, column, scratch);
          ShortSpanKernel.add(w, at, k / span, spans, x, column, scratch);
        } else {
          exactSums(w, at + w.layout().headBytes(), k, spans, x, column, scratch);
          SpanKernel.add(w, at, k / span, spans, x, column, scratch);
        }
      }
    }
    System.arraycopy(scratch.sums, 0, y, yOffset, rows);
  }

  /** Whether the sums of one column are scaled while they are in registers. */
  private static boolean scalesInRegisters(Matrix w) {
    return Lanes.avx512() && w.layout().units() == Units.BYTES && w.layout().scales() == Scales.F16;
  }

  /** Whether the exact sums of one column are made in 16 bits, on AVX-512. */
  private static boolean inShorts(Matrix w) {
    return Lanes.avx512() && w.layout().units() != Units.BYTES;
  }

  /** The exact sums of the spans from input {@code k} on, to {@code scratch.shortSums}. */
  private static void shortSums(
      Matrix w, long at, int k, int spans, Inputs x, int column, ProductScratch scratch) {
    int spanBytes = w.layout().spanBytes();
    int span = w.layout().scales().span();
    int first = column * x.stride() + k;
    int block = column * x.blockStride() + k / Inputs.BLOCK;
    int[] doubled = x.doubled();
    short[] out = scratch.shortSums;
    MemorySegment tiles = w.tiles();
    switch (w.layout().units()) {
      case NIBBLES ->
          TwoInputKernel.nibbles(
              tiles, at, spanBytes, spans, doubled, first, x.centres(), block, out);
      case E2M1_LANES ->
          TwoInputKernel.e2m1(tiles, at, spanBytes, spans, doubled, first, span, out);
      case SIX_BITS -> TwoInputKernel.sixBits(tiles, at, spanBytes, spans, doubled, first, out);
      case E2M1_BYTES, BYTES, BF16, F16, F32 ->
          throw new IllegalArgumentException(w.layout() + " is not summed in 16 bits");
    }
  }

  /**
   * The exact sums of the spans from input {@code k} on, to {@code scratch.intSums}; those of six
   * bits to {@code scratch.shortSums}.
   */
  private static void exactSums(
      Matrix w, long at, int k, int spans, Inputs x, int column, ProductScratch scratch) {
    int spanBytes = w.layout().spanBytes();
    int span = w.layout().scales().span();
    int first = column * x.stride() + k;
    int block = column * x.blockStride() + k / Inputs.BLOCK;
    int run = column * x.sumStride() + k / Inputs.RUN;
    int[] doubled = x.doubled();
    int[] out = scratch.intSums;
    MemorySegment tiles = w.tiles();
    switch (w.layout().units()) {
      case NIBBLES ->
          NibbleKernel.sums(tiles, at, spanBytes, spans, doubled, first, x.centres(), block, out);
      case E2M1_BYTES -> {
        // Runs of 16 inputs in pairs: the halves of a span of 32, or two spans of 16.
        boolean two = span == 16;
        int pairs = two ? spans / 2 : spans;
        int pairBytes = two ? 2 * spanBytes : spanBytes;
        int second = two ? spanBytes : w.layout().spanUnitBytes() / 2;
        E2m1ByteKernel.sums(tiles, at, pairBytes, second, pairs, doubled, first, out);
      }
      case BYTES -> {
        int[] bias = x.byteBias();
        if (Lanes.avx512()) {
          ByteKernel512.sums(tiles, at, spanBytes, spans, span, doubled, bias, first, out);
        } else {
          ByteKernel.sums(tiles, at, spanBytes, spans, span, doubled, bias, first, out);
        }
      }
      case SIX_BITS ->
          SixBitKernel.sums(
              tiles, at, spanBytes, spans, doubled, first, x.sums(), run, scratch.shortSums);
      case E2M1_LANES, BF16, F16, F32 ->
          throw new IllegalArgumentException(w.layout() + " has no sums of its own here");
    }
  }

  /** Without AVX-512's registers and tables, four bits are not worth it. */
  @Override
  public boolean skips(TileLayout layout) {
    return InputMajor.supports(layout) && (Lanes.avx512() || layout.units() == Units.BYTES);
  }

  @Override
  public void skipping(
      InputMajor w,
      int firstTile,
      int endTile,
      Inputs x,
      int column,
      float[] y,
      ProductScratch scratch) {
    Arrays.fill(y, 0, (endTile - firstTile) * w.dense().layout().tileRows(), 0);
    SkippingKernel.multiply(w, firstTile, endTile, x, column, y, scratch);
  }

  @Override
  public void few(
      Matrix w,
      int tile,
      int firstK,
      int endK,
      Inputs x,
      int first,
      int end,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch) {
    TileLayout layout = w.layout();
    int rows = layout.tileRows();
    if (firstK == 0) {
      zero(y, yOffset, yStride, end - first, rows);
    }
    int columns = end - first;
    if (!layout.units().fourBits() || columns < LEAST_PANEL_COLUMNS) {
      FewColumns.multiply(w, tile, firstK, endK, x, first, end, y, yOffset, yStride, scratch);
      return;
    }
    int most = layout.units() == Units.NIBBLES ? Units.NIBBLE_CENTRE : E2M1_MOST;
    for (int k = firstK; k < endK; k += ProductScratch.PANEL_DEPTH) {
      int depth = Math.min(ProductScratch.PANEL_DEPTH, endK - k);
      if (columns <= MOST_FEW_COLUMNS && (k - firstK) % ReadAhead.PIECE == 0) {
        ReadAhead.read(w, tile, k, Math.min(endK, k + ReadAhead.PIECE), scratch);
      }
      ScaleKernel.spans(w, w.group(tile, k), depth, scratch);
      forEachSpan(w, tile, k, depth, VectorProducts::expand, scratch);
      ShortPanelKernel.multiply(
          rows,
          depth,
          layout.scales().span(),
          most,
          layout.scales().minima(),
          x,
          k,
          first,
          end,
          y,
          yOffset,
          yStride,
          scratch);
    }
  }

  /** What to do with a span of a panel. */
  private interface SpanTask {
    /**
     * @param at where the units of the span are
     * @param k its first input within the panel
     */
    void accept(Matrix w, long at, int k, int depth, ProductScratch scratch);
  }

  private static void expand(Matrix w, long at, int k, int depth, ProductScratch scratch) {
    int span = w.layout().scales().span();
    switch (w.layout().units()) {
      case NIBBLES -> NibbleKernel.expand(w.tiles(), at, scratch.shortPanel, k, depth);
      case E2M1_LANES -> E2m1LaneKernel.expand(w.tiles(), at, span, scratch.shortPanel, k, depth);
      case E2M1_BYTES -> E2m1ByteKernel.expand(w.tiles(), at, span, scratch.shortPanel, k, depth);
      default -> throw new IllegalArgumentException(w.layout() + " is not of four bits");
    }
  }

  @Override
  public void exact(
      Matrix w,
      int tile,
      int firstK,
      int endK,
      Inputs x,
      int first,
      int end,
      float[] y,
      int yOffset,
      int yStride,
      ProductScratch scratch) {
    int rows = w.layout().tileRows();
    if (firstK == 0) {
      zero(y, yOffset, yStride, end - first, rows);
    }
    for (int k = firstK; k < endK; k += ProductScratch.PANEL_DEPTH) {
      int depth = Math.min(ProductScratch.PANEL_DEPTH, endK - k);
      if (w.layout().units().wide()) {
        long at = w.tile(tile) + (long) k * w.layout().unitBytes();
        WideKernel.decode(w, at, depth, scratch);
      } else {
        forEachSpan(w, tile, k, depth, VectorProducts::decode, scratch);
      }
      for (int row = 0; row < rows; row += Strips.ROWS) {
        PanelKernel.multiply(
            scratch.panel,
            row * depth,
            depth,
            x.floats(),
            first * x.stride() + k,
            x.stride(),
            end - first,
            y,
            yOffset + row,
            yStride);
      }
    }
  }

  @Override
  public void decode(
      Matrix w, int tile, int[] inputs, int first, int end, float[] out, ProductScratch scratch) {
    int rows = w.layout().tileRows();
    int depth = w.layout().scales().group();
    int decoded = -1;
    for (int i = first; i < end; i++) {
      int group = inputs[i] / depth;
      if (group != decoded) {
        forEachSpan(w, tile, group * depth, depth, VectorProducts::decode, scratch);
        decoded = group;
      }
      int k = inputs[i] % depth;
      int to = (i - first) * rows;
      for (int row = 0; row < rows; row += Strips.ROWS) {
        int from = Strips.at(row, k, depth);
        System.arraycopy(scratch.panel, from, out, to + row, Strips.ROWS);
      }
    }
  }

  private static void decode(Matrix w, long at, int k, int depth, ProductScratch scratch) {
    if (k % w.layout().scales().group() == 0) {
      long head = at - w.layout().headBytes();
      ScaleKernel.head(w.tiles(), w.layout().scales(), head, w.layout().tileRows(), scratch);
    }
    ScaleKernel.span(w, at, scratch, 0);
    if (Lanes.avx512()) {
      StripKernel512.decode(w, at, depth, k, scratch);
      return;
    }
    switch (w.layout().units()) {
      case NIBBLES -> NibbleKernel.decode(w, at, depth, k, scratch);
      case E2M1_BYTES -> E2m1ByteKernel.decode(w, at, depth, k, scratch);
      case BYTES -> ByteKernel.decode(w, at, depth, k, scratch);
      case SIX_BITS -> SixBitKernel.decode(w, at, depth, k, scratch);
      case E2M1_LANES, BF16, F16, F32 ->
          throw new IllegalArgumentException(w.layout() + " is not decoded by spans here");
    }
  }

  /** Does a task for each span from input {@code k} on, which begins a group. */
  private static void forEachSpan(
      Matrix w, int tile, int k, int depth, SpanTask task, ProductScratch scratch) {
    TileLayout layout = w.layout();
    Scales scales = layout.scales();
    long at = w.group(tile, k);
    for (int group = 0; group < depth; group += scales.group()) {
      at += layout.headBytes();
      for (int s = group; s < group + scales.group(); s += scales.span()) {
        task.accept(w, at, s, depth, scratch);
        at += layout.spanBytes();
      }
    }
  }

  private static void zero(float[] y, int yOffset, int yStride, int columns, int rows) {
    for (int c = 0; c < columns; c++) {
      Arrays.fill(y, yOffset + c * yStride, yOffset + c * yStride + rows, 0);
    }
  }
}
