package dev.lanewise.model.safetensors;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.hub.TensorUse;
import dev.lanewise.model.hub.TensorUse.Form;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A stored tensor, or some rows of it, on its way to a tensor that GGUF has a name for.
 *
 * @param part index of the file
 * @param coded what the stored tensor has the codes of, where it has codes
 */
record TensorPiece(
    TensorUse use, StoredTensor stored, Path file, int part, Optional<CodedWeights> coded) {
  /**
   * What a piece is when it is read.
   *
   * @param dims sizes of the dimensions; the first is the length of a row
   */
  record View(List<Long> dims, BlockFormat format, TensorSource source) {}

  /**
   * The rows of this piece.
   *
   * @throws UnsupportedModel if its elements are not of a type that is computed with
   * @throws ModelFormatException if it has no elements, or another shape than such a piece has
   */
  View view() {
    if (coded.isPresent()) {
      return view(coded.get());
    }
    BlockFormat format =
        stored
            .dtype()
            .format()
            .orElseThrow(
                () ->
                    new UnsupportedModel(
                        file, stored.dtype() + " of tensor " + stored.name(), "F32, F16, BF16"));
    List<Long> shape = shape();
    long numberBytes = format.blockBytes();
    if (use.form() == Form.LESS_ONE) {
      if (shape.size() != 1) {
        throw shapeError();
      }
      StoredRows numbers = new StoredRows(part, stored.offset(), numberBytes);
      return new View(shape, BlockFormat.F32, new RaisedRows(numbers, format, shape.getFirst()));
    }
    // The numbers of a bias are chosen like the rows that they belong to.
    boolean ofNumbers = use.name().endsWith(".bias");
    if (ofNumbers) {
      shape.add(1L);
    }
    boolean transposed = use.form() == Form.TRANSPOSED;
    if (transposed && shape.size() < 2) {
      throw shapeError();
    }
    if (transposed) {
      shape.add(shape.size() - 2, shape.removeLast());
    }
    Rows rows = rows(shape);
    List<Long> dims = ofNumbers ? rows.dims().subList(1, rows.dims().size()) : rows.dims();
    long cols = rows.dims().getFirst();
    TensorSource source =
        transposed
            ? new TransposedRows(
                new StoredRows(part, stored.offset(), numberBytes),
                cols,
                shape.get(shape.size() - 2),
                rows.pick(),
                rows.count())
            : new PickedRows(
                new StoredRows(part, stored.offset(), cols * numberBytes),
                rows.pick(),
                rows.count());
    return new View(List.copyOf(dims), format, source);
  }

  private View view(CodedWeights weights) {
    if (use.form() != Form.PLAIN) {
      throw new UnsupportedModel(
          file,
          "quantized tensor " + stored.name() + ", which is stored as columns elsewhere,",
          "families whose weights are stored as rows");
    }
    Rows rows = rows(new ArrayList<>(weights.shape()));
    return new View(
        List.copyOf(rows.dims()),
        weights.format(),
        new ChosenRows(weights.source(), rows.pick(), rows.count()));
  }

  /**
   * The rows of weights in MXFP4 whose codes this piece has.
   *
   * @param scales a byte for each block
   * @throws ModelFormatException if the two do not fit
   */
  View view(TensorPiece scales) {
    for (TensorPiece bytes : List.of(this, scales)) {
      if (bytes.stored.dtype() != Dtype.U8) {
        throw bytes.stored.error(file, "is of " + bytes.stored.dtype() + ", not of U8");
      }
    }
    List<Long> shape = shape();
    int codeBytes = BlockFormat.MXFP4.blockSize() / 2;
    if (shape.size() < 3 || shape.removeLast() != codeBytes) {
      throw shapeError();
    }
    if (!shape.equals(scales.stored.shape())) {
      throw scales.stored.error(
          scales.file,
          "its shape %s is not that of the blocks, %s".formatted(scales.stored.shape(), shape));
    }
    long blocks = shape.removeLast();
    shape.add(blocks * BlockFormat.MXFP4.blockSize());
    Rows rows = rows(shape);
    return new View(
        List.copyOf(rows.dims()),
        BlockFormat.MXFP4,
        new Mxfp4Rows(
            new StoredRows(part, stored.offset(), blocks * codeBytes),
            new StoredRows(scales.part, scales.stored.offset(), blocks),
            rows.pick(),
            rows.count()));
  }

  /**
   * Chosen rows.
   *
   * @param dims of them, as GGUF counts
   */
  private record Rows(RowPick pick, long count, List<Long> dims) {}

  private Rows rows(List<Long> shape) {
    if (shape.size() == 1) {
      shape.addFirst(1L);
      Rows row = rows(shape);
      return new Rows(row.pick, row.count, row.dims.subList(0, 1));
    }
    List<Long> dims = new ArrayList<>(shape.reversed());
    long stored = dims.get(1);
    long groups = dims.subList(2, dims.size()).stream().reduce(1L, Math::multiplyExact);
    RowPick pick =
        RowPick.of(use.rows(), stored)
            .filter(some -> groups == 1 || use.rows().skipped() == 0)
            .orElseThrow(this::shapeError);
    dims.set(1, (stored - use.rows().skipped()) / use.rows().parts());
    return new Rows(pick, dims.get(1) * groups, dims);
  }

  private List<Long> shape() {
    if (stored.bytes() == 0 || stored.shape().isEmpty()) {
      throw shapeError();
    }
    return new ArrayList<>(stored.shape());
  }

  private ModelFormatException shapeError() {
    return stored.error(
        file, "has the shape %s, from which no %s is made".formatted(stored.shape(), use.name()));
  }
}
