package dev.lanewise.model.quantize;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.GgufWriter;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How large the inputs of a model's matrices are on a text, column by column: which columns matter.
 * The file is a GGUF file as llama.cpp's {@code llama-imatrix} writes it: for each matrix the sums
 * of squares {@code NAME.in_sum2} and how many vectors were added, {@code NAME.counts}. A stack of
 * matrices, as experts are, has a row of sums and a count for each.
 *
 * @param inputs by the names of the matrices
 */
public record ImportanceMatrix(Map<String, Inputs> inputs) {
  private static final String TYPE = "general.type";
  private static final String OWN_TYPE = "imatrix";
  private static final String DATASETS = "imatrix.datasets";
  private static final String CHUNKS = "imatrix.chunk_count";
  private static final String CHUNK_SIZE = "imatrix.chunk_size";
  private static final String SUMS = ".in_sum2";
  private static final String COUNTS = ".counts";

  /** What no column counts less than, as a part of the mean: the text may have missed some use. */
  private static final float LEAST = 1e-3f;

  /**
   * The inputs of a matrix, or of a stack of them.
   *
   * @param sums of the squares of each column, matrix after matrix
   * @param counts vectors that were added, for each matrix
   */
  public record Inputs(float[] sums, float[] counts) {
    int cols() {
      return sums.length / counts.length;
    }

    /**
     * What each column of one matrix counts: the mean square of its input, with a mean of 1; empty
     * where nothing was added.
     */
    Optional<float[]> importance(int matrix) {
      float[] columns = Arrays.copyOfRange(sums, matrix * cols(), (matrix + 1) * cols());
      double mean = 0;
      for (float column : columns) {
        mean += (double) column / columns.length;
      }
      if (!(counts[matrix] > 0 && mean > 0)) {
        return Optional.empty();
      }
      for (int i = 0; i < columns.length; i++) {
        columns[i] = Math.max((float) (columns[i] / mean), LEAST);
      }
      return Optional.of(columns);
    }
  }

  /**
   * Reads a file.
   *
   * @throws ModelFormatException if it is no such file, or not a sound one
   */
  public static ImportanceMatrix read(Path path) throws IOException {
    try (GgufFile file = GgufFile.open(path)) {
      if (!file.metadata().optString(TYPE).equals(Optional.of(OWN_TYPE))) {
        throw new ModelFormatException(
            path, TYPE, "not \"imatrix\": the file is no importance matrix");
      }
      Map<String, Inputs> inputs = new LinkedHashMap<>();
      for (TensorInfo sums : file.tensors()) {
        if (sums.name().endsWith(SUMS)) {
          String name = sums.name().substring(0, sums.name().length() - SUMS.length());
          inputs.put(name, inputs(file, name, sums));
        }
      }
      return new ImportanceMatrix(inputs);
    }
  }

  private static Inputs inputs(GgufFile file, String name, TensorInfo sums) {
    TensorInfo counts =
        file.tensor(name + COUNTS)
            .orElseThrow(
                () -> new ModelFormatException(file.path(), "tensor " + name + COUNTS, "missing"));
    if (sums.elements() != sums.cols() * counts.elements()) {
      throw new ModelFormatException(
          file.path(),
          "tensor " + counts.name(),
          "%d counts for sums of dimensions %s".formatted(counts.elements(), sums.dims()));
    }
    return new Inputs(floats(file, sums), floats(file, counts));
  }

  private static float[] floats(GgufFile file, TensorInfo tensor) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    tensor.format().decode(file.data(tensor), 0, values, 0, values.length);
    for (float value : values) {
      if (!(value >= 0 && value < Float.POSITIVE_INFINITY)) {
        throw new ModelFormatException(
            file.path(), "tensor " + tensor.name(), value + " is no sum of squares");
      }
    }
    return values;
  }

  /**
   * Writes a file.
   *
   * @param text what was read, for people
   * @param windows of the text that were read
   * @param window tokens of a window
   * @throws IOException if the file exists already or cannot be written
   */
  public void write(Path path, String text, int windows, int window) throws IOException {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put(TYPE, OWN_TYPE);
    metadata.put(DATASETS, List.of(text));
    metadata.put(CHUNKS, (long) windows);
    metadata.put(CHUNK_SIZE, (long) window);
    List<GgufWriter.Entry> entries = new ArrayList<>();
    List<float[]> data = new ArrayList<>();
    inputs.forEach(
        (name, of) -> {
          long matrices = of.counts().length;
          List<Long> dims = List.of((long) of.cols(), matrices);
          entries.add(new GgufWriter.Entry(name + SUMS, BlockFormat.F32, dims));
          data.add(of.sums());
          entries.add(new GgufWriter.Entry(name + COUNTS, BlockFormat.F32, List.of(1L, matrices)));
          data.add(of.counts());
        });
    try (GgufWriter writer = GgufWriter.create(path, metadata, entries)) {
      for (int i = 0; i < data.size(); i++) {
        writer.write(writer.tensors().get(i), 0, bytes(data.get(i)));
      }
      writer.finish();
    }
  }

  private static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }
}
