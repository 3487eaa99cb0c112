package dev.lanewise.math.kernel;

import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Scales;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;

/**
 * Products of a tile and some columns on AVX-512, four columns at a time. Each piece of the tile is
 * read ahead.
 */
final class FewColumns {
  /** Columns that are computed together. */
  static final int GROUP = 4;

  private static final int DEPTH = ProductScratch.PANEL_DEPTH;

  private FewColumns() {}

  /** As {@link ProductKernels#few}, for at least {@link #GROUP} columns. */
  static void multiply(
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
    for (int piece = firstK; piece < endK; piece += ReadAhead.PIECE) {
      int endPiece = Math.min(endK, piece + ReadAhead.PIECE);
      ReadAhead.read(w, tile, piece, endPiece, scratch);
      for (int k = piece; k < endPiece; k += DEPTH) {
        int depth = Math.min(DEPTH, endPiece - k);
        long at = w.group(tile, k);
        prepare(w, at, depth, scratch);
        for (int c = first; c < end; c += GROUP) {
          // The last four columns may have some of the ones before again.
          int start = Math.min(c, end - GROUP);
          rawSums(w, at, depth, x, start, k, scratch);
          for (int i = c - start; i < GROUP; i++) {
            int out = yOffset + (start + i - first) * yStride;
            add(w, at, k, depth, i, x, start + i, y, out, scratch);
          }
        }
      }
    }
  }

  /** What all columns share: the scales, and six bits unfolded. */
  private static void prepare(Matrix w, long at, int depth, ProductScratch scratch) {
    TileLayout layout = w.layout();
    if (layout.units() == Units.BYTES) {
      return; // their second half decodes scales for each column
    }
    if (layout.units() == Units.SIX_BITS) {
      int spans = depth / layout.scales().span();
      long units = at + layout.headBytes();
      FourColumnKernel.expandSixBits(w.tiles(), units, layout.spanBytes(), spans, scratch.pairs);
    }
    ScaleKernel.spans(w, at, depth, scratch);
  }

  private static void rawSums(
      Matrix w, long at, int depth, Inputs x, int column, int k, ProductScratch scratch) {
    TileLayout layout = w.layout();
    MemorySegment tiles = w.tiles();
    long units = at + layout.headBytes();
    int spanBytes = layout.spanBytes();
    int span = layout.scales().span();
    int spans = depth / span;
    int q = column * x.stride() + k;
    int[] doubled = x.doubled();
    switch (layout.units()) {
      case NIBBLES ->
          FourColumnKernel.nibbles(
              tiles, units, spanBytes, spans, doubled, q, x.stride(), scratch.rawSums);
      case E2M1_LANES ->
          FourColumnKernel.e2m1(
              tiles, units, spanBytes, spans, span, doubled, q, x.stride(), scratch.rawSums);
      case SIX_BITS ->
          FourColumnKernel.pairs(
              scratch.pairs, spans, span, doubled, q, x.stride(), scratch.rawSums);
      case BYTES ->
          FourColumnKernel.bytes(
              tiles, units, spanBytes, spans, span, doubled, q, x.stride(), scratch.rawByteSums);
      case E2M1_BYTES, BF16, F16, F32 ->
          throw new IllegalArgumentException(layout + " is not for AVX-512's integers");
    }
  }

  /** Scales the sums of column {@code i} of four and adds them to {@code y}. */
  private static void add(
      Matrix w,
      long at,
      int k,
      int depth,
      int i,
      Inputs x,
      int column,
      float[] y,
      int out,
      ProductScratch scratch) {
    Scales scales = w.layout().scales();
    int spans = depth / scales.span();
    int rows = w.layout().tileRows();
    int raw = i * FourColumnKernel.RAW_SHORTS / GROUP;
    int block = k / Inputs.BLOCK;
    int dx = column * x.blockStride() + block;
    switch (w.layout().units()) {
      case NIBBLES -> {
        if (scales.minima()) {
          FourColumnSums.addWithMinima(
              scratch.rawSums,
              raw,
              spans,
              x.centres(),
              scratch.scale,
              scratch.minimum,
              x.scaledSums(),
              x.upperScales(),
              dx,
              y,
              out);
        } else {
          FourColumnSums.addOne(
              scratch.rawSums, raw, spans, x.centres(), scratch.scale, x.upperScales(), dx, y, out);
        }
      }
      case BYTES -> {
        int rawBytes = i * FourColumnKernel.RAW_INTS / GROUP;
        FourColumnSums.bytes(scratch.rawByteSums, rawBytes, spans, scales.span(), scratch.intSums);
        System.arraycopy(y, out, scratch.sums, 0, rows);
        SpanKernel.add(w, at, k / scales.span(), spans, x, column, scratch);
        System.arraycopy(scratch.sums, 0, y, out, rows);
      }
      default -> {
        int shift = scales.span() == Inputs.BLOCK ? 0 : 1;
        FourColumnSums.addTwo(
            scratch.rawSums, raw, spans, shift, scratch.scale, x.scales(), dx, y, out);
      }
    }
  }
}
