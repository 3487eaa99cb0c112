package dev.lanewise.model.quantize;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.gguf.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Factors of the rows and columns of a model's tensors; the elements of vectors are columns. */
final class ScaledTensors {
  private final StoredModel file;
  private final Map<String, float[]> rows = new HashMap<>();
  private final Map<String, float[]> columns = new HashMap<>();

  ScaledTensors(StoredModel file) {
    this.file = file;
  }

  /** Multiplies the elements of a vector by factors, which nobody notices. */
  void add(ChannelFold fold, float[] factors) {
    for (ChannelFold.Maker maker : fold.makers()) {
      TensorInfo tensor = file.tensor(maker.tensor()).orElseThrow();
      float[] of =
          tensor.dims().size() == 1
              ? factorsOf(columns, tensor.name(), tensor.cols())
              : factorsOf(rows, tensor.name(), tensor.rows());
      for (int i = 0; i < factors.length; i++) {
        of[maker.first() + i] *= factors[i];
      }
    }
    for (String reader : fold.readers()) {
      float[] of = factorsOf(columns, reader, fold.elementOf().length);
      for (int column = 0; column < of.length; column++) {
        of[column] /= factors[fold.elementOf()[column]];
      }
    }
  }

  private static float[] factorsOf(Map<String, float[]> known, String tensor, long count) {
    return known.computeIfAbsent(tensor, _ -> ones(Math.toIntExact(count)));
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Whether a tensor has factors. */
  boolean changes(String tensor) {
    return rows.containsKey(tensor) || columns.containsKey(tensor);
  }

  /** What the squares of the inputs of a matrix become, which are divided by its factors. */
  void scaleInputSquares(String tensor, float[] squares) {
    float[] factors = columns.get(tensor);
    if (factors != null) {
      for (int i = 0; i < squares.length; i++) {
        squares[i] /= factors[i] * factors[i];
      }
    }
  }

  /** The weights of a tensor times its factors, in F32. */
  RawBlocks scaled(String tensor, RawBlocks weights, Arena arena, ThreadTeam team) {
    float[] ofRows = rows.getOrDefault(tensor, ones(weights.rows()));
    float[] ofColumns = columns.getOrDefault(tensor, ones(weights.cols()));
    return scaled(weights, 1, ofRows, ofColumns, arena, team);
  }

  /** Every so many rows of a matrix, times factors of all its rows and columns, in F32. */
  static RawBlocks scaled(
      RawBlocks weights, int every, float[] rows, float[] columns, Arena arena, ThreadTeam team) {
    int count = (weights.rows() + every - 1) / every;
    int cols = weights.cols();
    long rowBytes = BlockFormat.F32.bytesFor(cols);
    MemorySegment scaled = arena.allocate(Math.multiplyExact(count, rowBytes), 64);
    team.run(
        (member, size) -> {
          float[] row = new float[cols];
          int end = ThreadTeam.share(count, member + 1, size);
          for (int r = ThreadTeam.share(count, member, size); r < end; r++) {
            weights.decode(r * every, 0, cols, row, 0);
            for (int c = 0; c < cols; c++) {
              row[c] *= rows[r * every] * columns[c];
            }
            MemorySegment.copy(row, 0, scaled, ValueLayout.JAVA_FLOAT, r * rowBytes, cols);
          }
        });
    return new RawBlocks(BlockFormat.F32, scaled, count, cols);
  }
}
