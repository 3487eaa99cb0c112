package dev.lanewise.math.kernel;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Scales;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** {@link ProductKernels} in vectors: one class of static kernels for each kind of units. */
final class VectorProducts implements ProductKernels {
  /** From this many columns on the expanding of a panel is paid for. */
  private static final int LEAST_SHARED_COLUMNS = 4;

  @Override
  public TileLayout layout(BlockFormat format) {
    return TileLayout.of(format, Lanes.SHORT.length(), Lanes.avx512());
  }

  @Override
  public void round(Inputs x, int column, int first, int end, int length) {
    InputKernel.round(x, column, first, end, length);
  }

  @Override
  public boolean sharesColumns(Matrix w, int columns) {
    return w.layout().units().fourBits() && columns >= LEAST_SHARED_COLUMNS;
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
      int group = w.layout().scales().group();
      for (int k = 0; k < w.cols(); k += ProductScratch.CHUNK) {
        int spans = Math.min(ProductScratch.CHUNK, w.cols() - k) / span;
        long at = w.tile(tile) + (long) (k / group) * w.layout().groupBytes();
        exactSums(w, at + w.layout().headBytes(), k, spans, x, column, scratch);
        SpanKernel.add(w, at, k / span, spans, x, column, scratch);
      }
    }
    System.arraycopy(scratch.sums, 0, y, yOffset, rows);
  }

  /** The exact sums of the spans from input {@code k} on, to {@code scratch.intSums}. */
  private static void exactSums(
      Matrix w, long at, int k, int spans, Inputs x, int column, ProductScratch scratch) {
    int spanBytes = w.layout().spanBytes();
    int span = w.layout().scales().span();
    int first = column * x.stride() + k;
    int run = column * x.sumStride() + k / Inputs.RUN;
    int[] doubled = x.doubled();
    int[] out = scratch.intSums;
    MemorySegment tiles = w.tiles();
    short[] parts = scratch.shortSums;
    boolean avx512 = Lanes.avx512();
    switch (w.layout().units()) {
      case NIBBLES -> {
        if (avx512) {
          TwoInputKernel.nibbles(
              tiles, at, spanBytes, spans, doubled, first, x.sums(), run, parts, out);
        } else {
          NibbleKernel.sums(tiles, at, spanBytes, spans, doubled, first, x.sums(), run, out);
        }
      }
      case E2M1_LANES ->
          TwoInputKernel.e2m1(tiles, at, spanBytes, spans, doubled, first, span, parts, out);
      case E2M1_BYTES -> {
        // Runs of 16 inputs in pairs: the halves of a span of 32, or two spans of 16.
        boolean two = span == 16;
        int pairs = two ? spans / 2 : spans;
        int pairBytes = two ? 2 * spanBytes : spanBytes;
        int second = two ? spanBytes : w.layout().spanUnitBytes() / 2;
        E2m1ByteKernel.sums(tiles, at, pairBytes, second, pairs, doubled, first, out);
      }
      case BYTES ->
          ByteKernel.sums(tiles, at, spanBytes, spans, span, doubled, x.byteBias(), first, out);
      case SIX_BITS -> {
        if (avx512) {
          TwoInputKernel.sixBits(tiles, at, spanBytes, spans, doubled, first, parts, out);
        } else {
          SixBitKernel.sums(tiles, at, spanBytes, spans, doubled, first, x.sums(), run, out);
        }
      }
      case BF16, F16, F32 -> throw new IllegalArgumentException(w.layout() + " has no spans");
    }
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
    boolean nibbles = layout.units() == Units.NIBBLES;
    int span = layout.scales().span();
    int run = nibbles ? span : Math.min(span, 16);
    for (int k = firstK; k < endK; k += ProductScratch.PANEL_DEPTH) {
      int depth = Math.min(ProductScratch.PANEL_DEPTH, endK - k);
      forEachSpan(w, tile, k, depth, true, scratch, VectorProducts::expand);
      ShortPanelKernel.multiply(
          rows,
          depth,
          run,
          span / run,
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

  /** What to do with a span of a panel whose scales are in the scratch memory. */
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
        forEachSpan(w, tile, k, depth, false, scratch, VectorProducts::decode);
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

  private static void decode(Matrix w, long at, int k, int depth, ProductScratch scratch) {
    switch (w.layout().units()) {
      case NIBBLES -> NibbleKernel.decode(w, at, depth, k, scratch);
      case E2M1_LANES -> E2m1LaneKernel.decode(w, at, depth, k, scratch);
      case E2M1_BYTES -> E2m1ByteKernel.decode(w, at, depth, k, scratch);
      case BYTES -> ByteKernel.decode(w, at, depth, k, scratch);
      case SIX_BITS -> SixBitKernel.decode(w, at, depth, k, scratch);
      case BF16, F16, F32 -> throw new IllegalArgumentException(w.layout() + " has no spans");
    }
  }

  /**
   * Decodes the scales of the spans from input {@code k} on, for the task to use up, or to stay:
   * each span's behind those before.
   */
  private static void forEachSpan(
      Matrix w, int tile, int k, int depth, boolean stay, ProductScratch scratch, SpanTask task) {
    TileLayout layout = w.layout();
    Scales scales = layout.scales();
    long at = w.tile(tile) + (long) (k / scales.group()) * layout.groupBytes();
    for (int group = 0; group < depth; group += scales.group()) {
      ScaleKernel.head(w.tiles(), scales, at, layout.tileRows(), scratch);
      at += layout.headBytes();
      for (int s = group; s < group + scales.group(); s += scales.span()) {
        int to = stay ? s / scales.span() * layout.tileRows() : 0;
        ScaleKernel.span(
            w.tiles(),
            scales,
            at + layout.spanUnitBytes(),
            layout.tileRows(),
            centre(layout.units()),
            w.factor(),
            scratch,
            to);
        task.accept(w, at, s, depth, scratch);
        at += layout.spanBytes();
      }
    }
  }

  /** What the minima take back, since it was taken off the codes. */
  private static int centre(Units units) {
    return units == Units.NIBBLES ? NibbleKernel.CENTRE : ByteKernel.CENTRE;
  }

  private static void zero(float[] y, int yOffset, int yStride, int columns, int rows) {
    for (int c = 0; c < columns; c++) {
      Arrays.fill(y, yOffset + c * yStride, yOffset + c * yStride + rows, 0);
    }
  }
}
