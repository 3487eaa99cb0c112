package dev.lanewise.model.quantize;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.ScaleSearch;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.config.TensorName;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.GgufWriter;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleConsumer;

/**
 * Writes a model in another format. Any GGUF file will do whose tensors can be read, whether or not
 * its family can be run. Metadata stays but for what tells of the formats and of parts of the file.
 *
 * <p>One matrix after the other is converted, its rows on all threads, and written before the next,
 * so that no more than one is in memory.
 */
public final class Quantization {
  /** Of the formats' definitions, which have not changed since. */
  private static final long QUANTIZATION_VERSION = 2;

  private static final String ALIGNMENT = "general.alignment";
  private static final int PIECE_BYTES = 1 << 24;

  /** About which part of the time the search for factors takes. */
  private static final double FOLDING = 0.3;

  private final GgufFile file;
  private final TensorFormats formats;
  private final Optional<ImportanceMatrix> importance;
  private final boolean search;
  private final boolean tied;
  private final List<TensorPlan> plans;
  private final List<ChannelFold> folds;

  /**
   * Plans what each tensor becomes.
   *
   * @param search whether to look further for the scales of FP4 blocks, and, as far as the
   *     importance matrix tells how large the inputs of matrices are, to scale vectors between
   *     them, see {@link FoldSearch}
   * @throws IllegalArgumentException if embeddings that are the output head, too, are to have two
   *     formats, or if the importance matrix is that of another model
   */
  public Quantization(
      GgufFile file, TensorFormats formats, Optional<ImportanceMatrix> importance, boolean search) {
    this.file = file;
    this.formats = formats;
    this.importance = importance;
    this.search = search;
    tied = file.tensor(TensorName.OUTPUT.fileName()).isEmpty();
    if (tied
        && formats.embedding().isPresent()
        && formats.output().isPresent()
        && !formats.embedding().equals(formats.output())) {
      throw new IllegalArgumentException(
          "the token embeddings of this model are its output head, too: name one format for both");
    }
    plans = file.tensors().stream().filter(t -> !isReplacedScale(t)).map(this::plan).toList();
    importance.ifPresent(this::checkImportance);
    folds = search ? ChannelFolds.of(file).stream().filter(this::isEncoded).toList() : List.of();
  }

  /** Whether all that a fold changes is encoded anyway, or kept in F32. */
  private boolean isEncoded(ChannelFold fold) {
    return fold.tensors()
        .map(this::plan)
        .allMatch(plan -> !plan.isCopied() || plan.format() == BlockFormat.F32);
  }

  private TensorPlan plan(String tensor) {
    return plan(file.tensor(tensor).orElseThrow());
  }

  private TensorPlan plan(TensorInfo tensor) {
    BlockFormat wanted = formats.wanted(tensor, tied);
    return new TensorPlan(tensor, wanted, TensorFormats.fitting(wanted, tensor.cols()));
  }

  /** Whether a tensor is the scale of weights that are converted, and so part of them. */
  private boolean isReplacedScale(TensorInfo tensor) {
    return TensorName.scaled(tensor.name())
        .flatMap(file::tensor)
        .filter(weights -> weights.format() == BlockFormat.NVFP4)
        .filter(weights -> !plan(weights).isCopied())
        .isPresent();
  }

  private void checkImportance(ImportanceMatrix matrix) {
    int known = 0;
    for (TensorPlan plan : plans) {
      ImportanceMatrix.Inputs inputs = matrix.inputs().get(plan.source().name());
      if (inputs == null) {
        continue;
      }
      known++;
      if (inputs.cols() != plan.source().cols() || inputs.counts().length != plan.matrices()) {
        throw new IllegalArgumentException(
            "the importance matrix has %d x %d columns for %s, which has %d x %d: it is of another model"
                .formatted(
                    inputs.counts().length,
                    inputs.cols(),
                    plan.source().name(),
                    plan.matrices(),
                    plan.source().cols()));
      }
    }
    if (known == 0) {
      throw new IllegalArgumentException(
          "the importance matrix has no tensor of this model: it is of another one");
    }
  }

  /** Whether a search scales vectors between matrices. */
  public boolean scalesVectors() {
    return !folds.isEmpty();
  }

  /** What becomes of each tensor, in the order of the file. */
  public List<TensorPlan> plans() {
    return plans;
  }

  /**
   * Writes the file, which has its name only when it is complete.
   *
   * @param progress told the part that is done
   * @throws ModelFormatException if a weight is no finite number or too large for its format
   * @throws IOException if the file exists already or cannot be written, or the disk has not the
   *     space
   */
  public void writeTo(Path out, ThreadTeam team, DoubleConsumer progress) throws IOException {
    if (Files.exists(out) && Files.isSameFile(file.path(), out)) {
      throw new FileSystemException(
          out.toString(), null, "it is the model to be read; write to another file");
    }
    checkSpace(out);
    double folding = folds.isEmpty() ? 0 : FOLDING;
    ScaledTensors factors = fold(team, done -> progress.accept(folding * done));
    long all = bytes();
    long done = 0;
    try (GgufWriter writer = GgufWriter.create(out, metadata(), entries())) {
      Map<String, TensorInfo> targets = new LinkedHashMap<>();
      writer.tensors().forEach(target -> targets.put(target.name(), target));
      for (TensorPlan plan : plans) {
        progress.accept(folding + (1 - folding) * done / all);
        write(writer, plan, targets, factors, team);
        done += plan.bytes();
      }
      progress.accept(1);
      writer.finish();
    }
  }

  /** What the vectors between matrices are best multiplied by. */
  private ScaledTensors fold(ThreadTeam team, DoubleConsumer progress) throws IOException {
    ScaledTensors factors = new ScaledTensors(file);
    for (int i = 0; i < folds.size(); i++) {
      progress.accept((double) i / folds.size());
      ChannelFold fold = folds.get(i);
      best(fold, team).ifPresent(ofElements -> factors.add(fold, ofElements));
    }
    return factors;
  }

  /** The factors of one vector; empty for none, or where inputs were not measured. */
  private Optional<float[]> best(ChannelFold fold, ThreadTeam team) throws IOException {
    try (GgufFile readOnce = file.mapAgain()) {
      List<FoldSearch.Reader> readers = new ArrayList<>();
      for (String name : fold.readers()) {
        Optional<float[]> squares = inputSquares(name, 0);
        if (squares.isEmpty()) {
          return Optional.empty();
        }
        TensorPlan plan = plan(name);
        RawBlocks weights = weights(plan, readOnce.data(plan.source()), 0);
        readers.add(new FoldSearch.Reader(weights, plan.format(), squares.get()));
      }
      return new FoldSearch(fold, readers, team).best();
    }
  }

  private long bytes() {
    return plans.stream().mapToLong(TensorPlan::bytes).sum();
  }

  private void checkSpace(Path out) throws IOException {
    Path folder = out.toAbsolutePath().getParent();
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < bytes()) {
      throw new FileSystemException(
          out.toString(),
          null,
          "it takes %,d bytes, and the disk has %,d left".formatted(bytes(), free));
    }
  }

  private Map<String, Object> metadata() {
    Metadata source = file.metadata();
    Map<String, Object> metadata = new LinkedHashMap<>();
    for (String key : source.keys()) {
      if (!key.startsWith("split.") && !key.startsWith("quantize.imatrix.")) {
        metadata.put(key, file.encodedValue(key));
      }
    }
    metadata.computeIfPresent(ALIGNMENT, (key, encoded) -> source.raw(key));
    metadata.put("general.file_type", formats.fileType());
    metadata.put("general.quantization_version", QUANTIZATION_VERSION);
    importance.ifPresent(
        matrix -> metadata.put("quantize.imatrix.entries_count", (long) matrix.inputs().size()));
    return metadata;
  }

  private List<GgufWriter.Entry> entries() {
    List<GgufWriter.Entry> entries = new ArrayList<>();
    for (TensorPlan plan : plans) {
      TensorInfo source = plan.source();
      entries.add(new GgufWriter.Entry(source.name(), plan.format(), source.dims()));
      if (plan.isScaled()) {
        entries.add(
            new GgufWriter.Entry(
                TensorName.scaleOf(source.name()),
                BlockFormat.F32,
                List.of((long) plan.matrices())));
      }
    }
    return entries;
  }

  private void write(
      GgufWriter writer,
      TensorPlan plan,
      Map<String, TensorInfo> targets,
      ScaledTensors factors,
      ThreadTeam team)
      throws IOException {
    TensorInfo source = plan.source();
    TensorInfo target = targets.get(source.name());
    try (GgufFile readOnce = file.mapAgain()) {
      MemorySegment data = readOnce.data(source);
      boolean scaled = factors.changes(source.name());
      if (plan.isCopied() && !scaled) {
        write(writer, target, 0, data);
        return;
      }
      long targetBytes = target.bytes() / plan.matrices();
      for (int matrix = 0; matrix < plan.matrices(); matrix++) {
        try (Arena arena = Arena.ofShared()) {
          RawBlocks weights = weights(plan, data, matrix);
          if (scaled) {
            weights = factors.scaled(source.name(), weights, arena, team);
          }
          RawBlocks converted =
              weights.convert(plan.format(), search(source.name(), matrix, factors), arena, team);
          write(writer, target, matrix * targetBytes, converted.blocks());
          if (plan.isScaled()) {
            ByteBuffer scale =
                ByteBuffer.allocate(Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(0, converted.scale());
            writer.write(
                targets.get(TensorName.scaleOf(source.name())), (long) matrix * Float.BYTES, scale);
          }
        }
      }
    } catch (IllegalArgumentException badWeight) {
      throw new ModelFormatException(file.path(), source.name(), badWeight.getMessage());
    }
  }

  private RawBlocks weights(TensorPlan plan, MemorySegment data, int matrix) {
    TensorInfo source = plan.source();
    long bytes = source.bytes() / plan.matrices();
    return new RawBlocks(
        source.format(),
        data.asSlice(matrix * bytes, bytes),
        plan.matrixRows(),
        Math.toIntExact(source.cols()),
        scale(plan, matrix));
  }

  private ScaleSearch search(String tensor, int matrix, ScaledTensors factors) {
    Optional<float[]> squares = inputSquares(tensor, matrix);
    squares.ifPresent(ofColumns -> factors.scaleInputSquares(tensor, ofColumns));
    return new ScaleSearch(squares, search);
  }

  private Optional<float[]> inputSquares(String tensor, int matrix) {
    return importance
        .map(known -> known.inputs().get(tensor))
        .flatMap(inputs -> inputs.importance(matrix));
  }

  /** The scale of all weights of a matrix in the source: 1 but for NVFP4. */
  private float scale(TensorPlan plan, int matrix) {
    Optional<String> weights = Optional.of(plan.source().name());
    Optional<TensorInfo> scales =
        file.tensors().stream().filter(t -> TensorName.scaled(t.name()).equals(weights)).findAny();
    if (plan.source().format() != BlockFormat.NVFP4 || scales.isEmpty()) {
      return 1;
    }
    if (scales.get().elements() != plan.matrices()) {
      throw new ModelFormatException(
          file.path(),
          "tensor " + scales.get().name(),
          "%d scales for %d matrices".formatted(scales.get().elements(), plan.matrices()));
    }
    float[] values = new float[plan.matrices()];
    scales.get().format().decode(file.data(scales.get()), 0, values, 0, values.length);
    return values[matrix];
  }

  private static void write(GgufWriter writer, TensorInfo target, long at, MemorySegment data)
      throws IOException {
    for (long from = 0; from < data.byteSize(); from += PIECE_BYTES) {
      long length = Math.min(PIECE_BYTES, data.byteSize() - from);
      writer.write(target, at + from, data.asSlice(from, length).asByteBuffer());
    }
  }
}
