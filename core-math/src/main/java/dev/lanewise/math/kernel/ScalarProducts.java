package dev.lanewise.math.kernel;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.TableBlocks;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.matrix.Scales;
import dev.lanewise.math.matrix.TileLayout;
import dev.lanewise.math.matrix.Units;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The definition of {@link ProductKernels}, for tiles of any number of lanes. Its operations are
 * those of the vector kernels in the same order, so results are equal bit for bit.
 */
final class ScalarProducts implements ProductKernels {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = Inputs.BLOCK;

  /**
   * Smaller matrices take F32 inputs in prompts: small models, which are fast anyway, have the
   * least to lose by rounding.
   */
  static final long LEAST_ROUNDED_WEIGHTS = 1 << 20;

  private static final float LEAST_SCALE = 0x1p-96f;

  private final int shortLanes;
  private final boolean wideTables;

  ScalarProducts(int shortLanes, boolean wideTables) {
    this.shortLanes = shortLanes;
    this.wideTables = wideTables;
  }

  @Override
  public TileLayout layout(BlockFormat format) {
    return TileLayout.of(format, shortLanes, wideTables);
  }

  @Override
  public void round(Inputs x, int columns, int column, int first, int end, int length) {
    int start = column * x.stride();
    for (int b = first; b < end; b++) {
      int at = start + b * BLOCK;
      float max = 0;
      for (int k = 0; k < BLOCK; k++) {
        if (b * BLOCK + k >= length) {
          x.floats()[at + k] = 0;
        }
        max = Math.max(max, Math.abs(x.floats()[at + k]));
      }
      float scale = max / Inputs.MOST;
      float inverse = inverse(scale);
      int sum = 0;
      int magnitude = 0;
      for (int run = 0; run < BLOCK; run += Inputs.RUN) {
        int runSum = 0;
        for (int k = run; k < run + Inputs.RUN; k++) {
          float scaled = x.floats()[at + k] * inverse;
          // Half away from zero; at most 127 in magnitude, since the scale comes from the maximum.
          int q = (int) (scaled + Math.copySign(0.5f, scaled));
          x.doubled()[at + k] = Inputs.doubled(q);
          runSum += q;
          magnitude += Math.abs(q);
        }
        x.sums()[column * x.sumStride() + (b * BLOCK + run) / Inputs.RUN] = runSum;
        sum += runSum;
      }
      x.setBlock(column, b, scale, sum, magnitude);
      for (int k = 0; k < BLOCK; k += 2) {
        int bias = -128 * ((short) x.doubled()[at + k] + (short) x.doubled()[at + k + 1]);
        x.byteBias()[at + k] = bias << 16 | ((bias + 0x8000) & 0xffff);
      }
    }
  }

  /**
   * A block whose scale is tiny counts as zeros: so a scale has a finite inverse, and stays exact
   * when a kernel multiplies it by a power of two.
   */
  static float inverse(float scale) {
    return scale < LEAST_SCALE ? 0 : 1 / scale;
  }

  @Override
  public boolean sharesColumns(Matrix w, int columns) {
    return w.layout().units().fourBits() && columns > 1;
  }

  @Override
  public boolean roundsPrompts(Matrix w) {
    return w.layout().units().fourBits()
        && wideTables
        && (long) w.rows() * w.cols() >= LEAST_ROUNDED_WEIGHTS;
  }

  @Override
  public void one(
      Matrix w, int tile, Inputs x, int column, float[] y, int yOffset, ProductScratch scratch) {
    if (w.layout().units().wide()) {
      exact(w, tile, 0, w.cols(), x, column, column + 1, y, yOffset, 0, scratch);
    } else {
      few(w, tile, 0, w.cols(), x, column, column + 1, y, yOffset, 0, scratch);
    }
  }

  @Override
  public boolean skips(TileLayout layout) {
    return InputMajor.supports(layout);
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
    int rows = w.dense().layout().tileRows();
    for (int tile = firstTile; tile < endTile; tile++) {
      one(w.dense(), tile, x, column, y, (tile - firstTile) * rows, scratch);
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
    for (int c = first; c < end; c++) {
      for (int r = 0; r < w.layout().tileRows(); r++) {
        int at = yOffset + (c - first) * yStride + r;
        y[at] = rounded(w, tile, r, firstK, endK, x, c, firstK == 0 ? 0 : y[at]);
      }
    }
  }

  /** Adds the spans of inputs {@code firstK} to {@code endK - 1} to the sum of a row. */
  private static float rounded(
      Matrix w, int tile, int r, int firstK, int endK, Inputs x, int column, float start) {
    int span = w.layout().scales().span();
    float sum = start;
    for (int k = firstK; k < endK; k += span) {
      int product = 0;
      int inputs = 0;
      for (int i = k; i < k + span; i++) {
        int q = (short) x.doubled()[column * x.stride() + i];
        product += value(w, tile, r, i) * q;
        inputs += q;
      }
      float dx = x.scales()[column * x.blockStride() + k / BLOCK];
      if (w.layout().scales().minima()) {
        sum = Math.fma(minimum(w, tile, r, k), dx * inputs, sum);
      }
      sum = Math.fma(scale(w, tile, r, k), product * dx, sum);
    }
    return sum;
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
    for (int r = 0; r < w.layout().tileRows(); r++) {
      if (firstK == 0) {
        for (int c = first; c < end; c++) {
          y[yOffset + (c - first) * yStride + r] = 0;
        }
      }
      for (int k = firstK; k < endK; k++) {
        float weight = weight(w, tile, r, k);
        for (int c = first; c < end; c++) {
          int at = yOffset + (c - first) * yStride + r;
          y[at] = Math.fma(weight, x.floats()[c * x.stride() + k], y[at]);
        }
      }
    }
  }

  @Override
  public void decode(
      Matrix w, int tile, int[] inputs, int first, int end, float[] out, ProductScratch scratch) {
    int rows = w.layout().tileRows();
    for (int i = first; i < end; i++) {
      for (int r = 0; r < rows; r++) {
        out[(i - first) * rows + r] = weight(w, tile, r, inputs[i]);
      }
    }
  }

  /** The weight of row {@code r} of a tile for input {@code k}. */
  private static float weight(Matrix w, int tile, int r, int k) {
    TileLayout layout = w.layout();
    long unit = w.tile(tile) + (long) k * layout.unitBytes();
    return switch (layout.units()) {
      case BF16 ->
          Float.intBitsToFloat(w.tiles().get(SHORT, unit + 2L * layout.slotOfRow(r)) << 16);
      case F16 -> Float.float16ToFloat(w.tiles().get(SHORT, unit + 2L * layout.slotOfRow(r)));
      case F32 -> w.tiles().get(FLOAT, unit + 4L * r);
      default ->
          Math.fma(
              value(w, tile, r, k),
              scale(w, tile, r, k),
              layout.scales().minima() ? minimum(w, tile, r, k) : 0);
    };
  }

  /** Byte offset of the span of input {@code k}. */
  private static long span(Matrix w, int tile, int k) {
    Scales scales = w.layout().scales();
    return w.group(tile, k)
        + w.layout().headBytes()
        + (long) (k % scales.group() / scales.span()) * w.layout().spanBytes();
  }

  /** The integer value of a weight. */
  private static int value(Matrix w, int tile, int r, int k) {
    TileLayout layout = w.layout();
    MemorySegment tiles = w.tiles();
    int lanes = layout.shortLanes();
    int j = layout.slotOfRow(r) / lanes;
    int lane = layout.slotOfRow(r) % lanes;
    int within = k % layout.scales().span();
    long unit = span(w, tile, k) + (long) within * layout.unitBytes();
    return switch (layout.units()) {
      case NIBBLES -> nibble(tiles, unit, lane, j) - 8;
      case E2M1_LANES -> TableBlocks.doubledE2m1(nibble(tiles, unit, lane, j));
      case E2M1_BYTES ->
          TableBlocks.doubledE2m1(tiles.get(ValueLayout.JAVA_BYTE, unit + lane) >> 4 * j & 0xf);
      case BYTES -> (tiles.get(ValueLayout.JAVA_BYTE, unit + 2L * lane + j) & 0xff) - 128;
      case SIX_BITS -> {
        long pair = span(w, tile, k) + (long) (within / 2) * 6 * lanes;
        int odd = within % 2;
        int own = tiles.get(SHORT, pair + odd * 2L * lanes + 2L * lane);
        int both = tiles.get(SHORT, pair + 4L * lanes + 2L * lane);
        int code =
            switch (j) {
              case 0 -> own;
              case 1 -> own >> 6;
              case 2 -> both >> 6 * odd;
              default -> own >> 12 & 0xf | (both >> 12 + 2 * odd & 3) << 4;
            };
        yield (code & 0x3f) - 32;
      }
      case BF16, F16, F32 -> throw new IllegalArgumentException(layout + " has no integer values");
    };
  }

  private static int nibble(MemorySegment tiles, long unit, int lane, int j) {
    return tiles.get(SHORT, unit + 2L * lane) >> 4 * j & 0xf;
  }

  /** The scale of the span of input {@code k}. */
  private static float scale(Matrix w, int tile, int r, int k) {
    TileLayout layout = w.layout();
    long head = w.group(tile, k);
    long at = span(w, tile, k) + layout.spanUnitBytes();
    long lane = 2L * layout.slotOfRow(r);
    return switch (layout.scales()) {
      case F16, F16_MINIMA -> half(w, at + lane);
      case SUPER_MINIMA -> unsigned(w, at + lane) * half(w, head + lane);
      case SUPER_SIGNED ->
          w.tiles().get(ValueLayout.JAVA_BYTE, at + layout.scaleByteOfRow(r))
              * half(w, head + lane);
      case E8M0 -> Float.intBitsToFloat(unsigned(w, at + layout.scaleByteOfRow(r)) << 23) * 0.5f;
      case E4M3 ->
          Float.intBitsToFloat(unsigned(w, at + layout.scaleByteOfRow(r)) << 20)
              * (0x1p119f * w.factor());
      case NONE -> throw new IllegalArgumentException(layout + " has no scales");
    };
  }

  /** The minimum of the span of input {@code k}, with what was taken off the codes. */
  private static float minimum(Matrix w, int tile, int r, int k) {
    TileLayout layout = w.layout();
    long at = span(w, tile, k) + layout.spanUnitBytes() + 2L * layout.slotOfRow(r);
    int rows = layout.tileRows();
    float minimum =
        layout.scales() == Scales.F16_MINIMA
            ? half(w, at + 2L * rows)
            : -(unsigned(w, at + 1)
                * half(w, w.group(tile, k) + 2L * rows + 2L * layout.slotOfRow(r)));
    return Math.fma(scale(w, tile, r, k), layout.units() == Units.NIBBLES ? 8 : 16, minimum);
  }

  private static float half(Matrix w, long at) {
    return Float.float16ToFloat(w.tiles().get(SHORT, at));
  }

  private static int unsigned(Matrix w, long at) {
    return w.tiles().get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }
}
