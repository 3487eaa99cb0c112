package dev.lanewise.model.safetensors;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.hub.WeightPart;
import dev.lanewise.model.hub.WeightScheme;
import dev.lanewise.model.hub.WeightScheme.Layout;
import dev.lanewise.model.hub.WeightScheme.Tile;
import dev.lanewise.model.safetensors.CodeGrid.Order;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The weights of a module that are stored as codes, {@code [out, in]}.
 *
 * @param shape {@code [out, in]}
 * @param codes the tensor that messages name
 * @param format that its rows are made in
 * @param scale of all of them, which the format does not hold
 */
record CodedWeights(
    List<Long> shape,
    StoredPart codes,
    BlockFormat format,
    TensorSource source,
    Optional<TensorScale> scale) {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Far more than models have, so that a strip of rows stays small. */
  private static final long MAX_COLS = 1 << 20;

  private static final int BLOCK = 32;

  /**
   * Puts the tensors of a module together.
   *
   * @param parts by what they are; codes are among them
   * @param files their bytes, by the index of the part
   * @throws dev.lanewise.model.ModelFormatException if one is missing or does not fit the others
   */
  static CodedWeights of(
      WeightScheme scheme, Map<WeightPart, StoredPart> parts, List<MemorySegment> files) {
    Reader reader = new Reader(scheme, parts, parts.get(WeightPart.CODES), files);
    return switch (scheme.layout()) {
      case MXFP4 -> reader.mxfp4();
      case NVFP4 -> reader.nvfp4(false);
      case NVFP4_DIVIDED -> reader.nvfp4(true);
      case NUMBERS, GPTQ, GPTQ_V2, AWQ, PACKED, INT8, FP8 -> reader.coded();
    };
  }

  private record Reader(
      WeightScheme scheme,
      Map<WeightPart, StoredPart> parts,
      StoredPart codes,
      List<MemorySegment> files) {
    CodedWeights mxfp4() {
      StoredPart scales = fp4Scales(BlockFormat.MXFP4, Dtype.U8);
      long rows = codes.dim(0, 2);
      long bytes = codes.dim(1, 2);
      long ofRow = scales.dim(1, 2);
      return new CodedWeights(
          List.of(rows, 2 * bytes),
          codes,
          BlockFormat.MXFP4,
          new Mxfp4Rows(
              new StoredRows(codes.part(), codes.stored().offset(), bytes),
              new StoredRows(scales.part(), scales.stored().offset(), ofRow),
              new RowPick(0, 1, 1),
              rows),
          Optional.empty());
    }

    CodedWeights nvfp4(boolean divides) {
      StoredPart scales = fp4Scales(BlockFormat.NVFP4, Dtype.F8_E4M3);
      long rows = codes.dim(0, 2);
      long cols = 2 * codes.dim(1, 2);
      StoredPart one = needed(WeightPart.TENSOR_SCALE);
      one.is(Dtype.F32);
      if (one.stored().bytes() != Float.BYTES) {
        throw one.error("has the shape %s, not one number".formatted(one.stored().shape()));
      }
      return new CodedWeights(
          List.of(rows, cols),
          codes,
          BlockFormat.NVFP4,
          new Nvfp4Rows(codes, scales, rows, cols),
          Optional.of(new TensorScale(one, divides)));
    }

    /** The scales of codes in E2M1, both of which are checked. */
    private StoredPart fp4Scales(BlockFormat format, Dtype dtype) {
      codes.is(Dtype.U8);
      long rows = codes.dim(0, 2);
      long cols = Math.multiplyExact(codes.dim(1, 2), 2);
      if (cols % format.blockSize() != 0) {
        throw codes.error(
            "rows of %d weights do not fill blocks of %d, as %s has them"
                .formatted(cols, format.blockSize(), format));
      }
      StoredPart scales = needed(WeightPart.SCALES);
      scales.is(dtype);
      scales.hasShape(rows, cols / scheme.tile().cols());
      return scales;
    }

    CodedWeights coded() {
      CodeGrid grid = grid();
      if (grid.cols() > MAX_COLS) {
        throw codes.error("has rows of %d weights, more than %d".formatted(grid.cols(), MAX_COLS));
      }
      boolean numbers = scheme.layout() == Layout.FP8 || scheme.layout() == Layout.NUMBERS;
      Optional<ScaleGrid> scales =
          scheme.layout() == Layout.NUMBERS ? Optional.empty() : Optional.of(scales(grid));
      int ofRow = scales.map(ScaleGrid::groups).orElse(1);
      ColumnGroups groups = groups(grid, ofRow);
      BlockFormat format = numbers ? BlockFormat.F16 : format(groups, grid.cols());
      Optional<ZeroGrid> zeros = zeros(grid, ofRow);
      return new CodedWeights(
          List.of(grid.rows(), grid.cols()),
          codes,
          format,
          new CodedRows(format, grid, scales, zeros, groups, numbers),
          Optional.empty());
    }

    private BlockFormat format(ColumnGroups groups, long cols) {
      boolean asymmetricBytes = scheme.bits() == 8 && !scheme.symmetric();
      if (asymmetricBytes || cols % BLOCK != 0 || !groups.fill(BLOCK, cols)) {
        return BlockFormat.F16;
      }
      if (scheme.bits() == 8) {
        return BlockFormat.Q8_0;
      }
      return scheme.symmetric() ? BlockFormat.Q4_0 : BlockFormat.Q4_1;
    }

    private CodeGrid grid() {
      int perWord = CodeGrid.perWord(scheme.bits());
      codes.is(
          switch (scheme.layout()) {
            case INT8 -> Dtype.I8;
            case FP8, NUMBERS -> Dtype.F8_E4M3;
            default -> Dtype.I32;
          });
      long first = codes.dim(0, 2);
      long second = codes.dim(1, 2);
      return switch (scheme.layout()) {
        case AWQ -> grid(Order.ACROSS, Math.multiplyExact(second, perWord), first);
        case PACKED -> grid(Order.BESIDE, first, packedCols(first, second, perWord));
        case INT8 -> grid(Order.SIGNED_BYTES, first, second);
        case FP8, NUMBERS -> grid(Order.BYTES, first, second);
        default -> grid(Order.BELOW, second, Math.multiplyExact(first, perWord));
      };
    }

    private CodeGrid grid(Order order, long rows, long cols) {
      return new CodeGrid(codes, order, scheme.bits(), rows, cols);
    }

    /** The last word of a row may have fewer codes. */
    private long packedCols(long rows, long words, int perWord) {
      StoredPart shape = parts.get(WeightPart.SHAPE);
      if (shape == null) {
        return Math.multiplyExact(words, perWord);
      }
      shape.is(Dtype.I64);
      shape.hasShape(2L);
      MemorySegment file = files.get(shape.part());
      long storedRows = file.get(LONG, shape.stored().offset());
      long cols = file.get(LONG, shape.stored().offset() + Long.BYTES);
      if (storedRows != rows || cols < 1 || Math.ceilDiv(cols, perWord) != words) {
        throw shape.error(
            "%d rows of %d weights are not what %s of the shape %s has"
                .formatted(storedRows, cols, codes.stored().name(), codes.stored().shape()));
      }
      return cols;
    }

    private ScaleGrid scales(CodeGrid grid) {
      StoredPart scales = needed(WeightPart.SCALES);
      BlockFormat format =
          scales
              .stored()
              .dtype()
              .format()
              .orElseThrow(
                  () ->
                      scales.error(
                          "is of %s, not of F32, F16 or BF16".formatted(scales.stored().dtype())));
      Tile tile = scheme.tile();
      boolean wholeRows = tile.cols() == Tile.WHOLE_ROW;
      int groups = wholeRows ? 1 : (int) Math.ceilDiv(grid.cols(), tile.cols());
      long count = Math.ceilDiv(grid.rows(), tile.rows());
      return switch (scheme.layout()) {
        case GPTQ, GPTQ_V2, AWQ -> {
          scales.hasShape((long) groups, grid.rows());
          yield new ScaleGrid(scales, format, 1, 1, grid.rows(), groups);
        }
        default -> {
          if (wholeRows && scales.stored().bytes() == format.blockBytes()) {
            yield new ScaleGrid(scales, format, grid.rows(), 0, 0, 1);
          }
          if (!wholeRows || !scales.stored().shape().equals(List.of(count))) {
            scales.hasShape(count, (long) groups);
          }
          yield new ScaleGrid(scales, format, tile.rows(), groups, 1, groups);
        }
      };
    }

    private Optional<ZeroGrid> zeros(CodeGrid grid, int groups) {
      StoredPart zeros =
          scheme.symmetric() ? parts.get(WeightPart.ZEROS) : needed(WeightPart.ZEROS);
      if (zeros == null) {
        return Optional.empty();
      }
      zeros.is(Dtype.I32);
      int bits = scheme.bits();
      long words = Math.ceilDiv(grid.rows(), CodeGrid.perWord(bits));
      if (scheme.layout() == Layout.PACKED) {
        zeros.hasShape(words, (long) groups);
        return Optional.of(new ZeroGrid(zeros, bits, false, groups, 1, 0));
      }
      zeros.hasShape((long) groups, words);
      boolean across = scheme.layout() == Layout.AWQ;
      boolean lessOne = scheme.layout() == Layout.GPTQ;
      int added = lessOne ? Integer.divideUnsigned(-1, (1 << bits) - 1) : 0;
      return Optional.of(new ZeroGrid(zeros, bits, across, 1, words, added));
    }

    private ColumnGroups groups(CodeGrid grid, int groups) {
      int cols = (int) grid.cols();
      int run = scheme.tile().cols() == Tile.WHOLE_ROW ? cols : scheme.tile().cols();
      StoredPart stored = parts.get(WeightPart.GROUPS);
      if (stored == null) {
        return new ColumnGroups(run, null);
      }
      stored.is(Dtype.I32);
      stored.hasShape((long) cols);
      int[] listed = new int[cols];
      boolean runs = true;
      for (int col = 0; col < cols; col++) {
        listed[col] = stored.intAt(files, col);
        if (listed[col] < 0 || listed[col] >= groups) {
          throw stored.error("column %d is of group %d, of %d".formatted(col, listed[col], groups));
        }
        runs &= listed[col] == col / run;
      }
      return new ColumnGroups(run, runs ? null : listed);
    }

    private StoredPart needed(WeightPart part) {
      StoredPart stored = parts.get(part);
      if (stored == null) {
        throw codes.error("needs its " + what(part) + " beside it");
      }
      return stored;
    }

    private static String what(WeightPart part) {
      return switch (part) {
        case SCALES -> "scales";
        case ZEROS -> "zeros";
        default -> "scale of all weights";
      };
    }
  }
}
