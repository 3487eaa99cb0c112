package dev.lanewise.model.safetensors;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.gguf.TensorInfo;
import dev.lanewise.model.hub.TensorUse;
import dev.lanewise.model.hub.TensorUse.Form;
import dev.lanewise.model.hub.TensorUse.Join;
import dev.lanewise.model.safetensors.TensorPiece.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Puts the tensors that GGUF has names for together from those that are stored. */
final class TensorAssembly {
  private final Map<String, List<TensorPiece>> pieces = new TreeMap<>();

  /** Takes a stored tensor for one of its uses. */
  void add(TensorUse use, StoredPart stored) {
    add(new TensorPiece(use, stored.stored(), stored.file(), stored.part(), Optional.empty()));
  }

  /** Takes weights that are stored as codes. */
  void add(TensorUse use, CodedWeights weights) {
    StoredPart codes = weights.codes();
    add(new TensorPiece(use, codes.stored(), codes.file(), codes.part(), Optional.of(weights)));
  }

  private void add(TensorPiece piece) {
    pieces.computeIfAbsent(piece.use().name(), name -> new ArrayList<>()).add(piece);
  }

  /**
   * All tensors by their names.
   *
   * @throws ModelFormatException if a piece is missing, there twice, or does not fit the others
   * @throws dev.lanewise.model.UnsupportedModel if one is of a type that is not computed with
   */
  Map<String, SourcedTensor> tensors() {
    Map<String, SourcedTensor> tensors = new HashMap<>();
    pieces.forEach(
        (name, some) -> {
          tensors.put(name, tensor(name, some));
          some.getFirst()
              .coded()
              .flatMap(CodedWeights::scale)
              .ifPresent(
                  scale -> {
                    checkAlone(some);
                    String scaleName = TensorName.scaleOf(name);
                    tensors.put(scaleName, sourced(scaleName, List.of(1L), BlockFormat.F32, scale));
                  });
        });
    return tensors;
  }

  /** One scale cannot be that of several experts or parts. */
  private static void checkAlone(List<TensorPiece> pieces) {
    TensorPiece first = pieces.getFirst();
    if (pieces.size() > 1 || first.use().join() != Join.WHOLE) {
      throw new UnsupportedModel(
          first.file(),
          "tensor " + first.stored().name() + ", of NVFP4 with a scale of its own,",
          "NVFP4 of matrices that are no experts");
    }
  }

  private static SourcedTensor tensor(String name, List<TensorPiece> all) {
    Optional<TensorPiece> scales = scalesOf(all);
    List<TensorPiece> pieces =
        all.stream()
            .filter(piece -> piece.use().form() != Form.MXFP4_SCALES)
            .sorted(Comparator.comparingInt(piece -> piece.use().index()))
            .toList();
    Join join = pieces.getFirst().use().join();
    for (int i = 0; i < pieces.size(); i++) {
      check(name, pieces, i, join);
    }
    List<View> views = pieces.stream().map(piece -> view(piece, scales)).toList();
    View first = views.getFirst();
    List<Long> dims = new ArrayList<>(first.dims());
    for (int i = 1; i < views.size(); i++) {
      join(dims, pieces.get(i), first, views.get(i));
    }
    if (join == Join.EXPERT) {
      dims.add((long) views.size());
    }
    TensorSource source =
        views.size() == 1
            ? first.source()
            : new JoinedRows(views.stream().map(View::source).toList());
    return sourced(name, List.copyOf(dims), first.format(), source);
  }

  private static SourcedTensor sourced(
      String name, List<Long> dims, BlockFormat format, TensorSource source) {
    StoredRows origin = source.origin();
    return new SourcedTensor(
        new TensorInfo(
            name,
            dims,
            format,
            origin.offset(),
            Math.multiplyExact(source.rows(), source.rowBytes()),
            origin.part()),
        source);
  }

  /** The scales of codes, each of which need the other. */
  private static Optional<TensorPiece> scalesOf(List<TensorPiece> all) {
    List<TensorPiece> scales =
        all.stream().filter(piece -> piece.use().form() == Form.MXFP4_SCALES).toList();
    long codes = all.stream().filter(piece -> piece.use().form() == Form.MXFP4_CODES).count();
    if (scales.size() != codes || codes > 1) {
      TensorPiece one = scales.isEmpty() ? all.getFirst() : scales.getFirst();
      throw one.stored().error(one.file(), "blocks and scales should be there once each");
    }
    return scales.stream().findFirst();
  }

  private static View view(TensorPiece piece, Optional<TensorPiece> scales) {
    return piece.use().form() == Form.MXFP4_CODES ? piece.view(scales.get()) : piece.view();
  }

  /** Whether a piece is the one that has its place. */
  private static void check(String name, List<TensorPiece> pieces, int place, Join join) {
    TensorPiece piece = pieces.get(place);
    int index = piece.use().index();
    boolean twice = place > 0 && index == pieces.get(place - 1).use().index();
    if (twice || piece.use().join() != join) {
      throw piece
          .stored()
          .error(
              piece.file(),
              "%s is %s already"
                  .formatted(pieces.get(Math.max(0, place - 1)).stored().name(), name));
    }
    if (index != place) {
      throw new ModelFormatException(
          piece.file(), "tensor " + name, "that of expert %d is missing".formatted(place));
    }
  }

  /** Adds the rows of a part to the dimensions of those before it. */
  private static void join(List<Long> dims, TensorPiece piece, View first, View next) {
    int rows = first.dims().size() - 1;
    boolean part = piece.use().join() == Join.PART;
    List<Long> like = new ArrayList<>(first.dims());
    if (part && rows < next.dims().size()) {
      like.set(rows, next.dims().get(rows));
      dims.set(rows, Math.addExact(dims.get(rows), next.dims().get(rows)));
    }
    if (next.format() != first.format() || !next.dims().equals(like)) {
      throw piece
          .stored()
          .error(
              piece.file(),
              "%s of %s does not fit %s of %s, of which it is the next"
                  .formatted(next.dims(), next.format(), first.dims(), first.format()));
    }
  }
}
