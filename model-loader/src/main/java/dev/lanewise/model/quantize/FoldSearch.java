package dev.lanewise.model.quantize;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.ScaleSearch;
import dev.lanewise.math.matrix.RawBlocks;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Looks for the factors of a {@link ChannelFold} with which the matrices that read the vector lose
 * least of their outputs when they are encoded. Columns that get large inputs are made larger, so
 * that the numbers of their blocks suit them rather than their neighbours: by some power of the
 * root mean square of the input, the best of some powers.
 *
 * <p>That activations differ in magnitude from channel to channel, and that weights can take these
 * magnitudes over, is from Liu et al., "LLM-FP4: 4-Bit Floating-Point Quantized Transformers"
 * (2023), section 4.2; the powers are those of Lin et al., "AWQ: Activation-aware Weight
 * Quantization" (2023), equation 5. Factors are powers of two, as in the former: so the model is
 * the same bit by bit until its weights are rounded.
 */
final class FoldSearch {
  /** Powers that are tried: 1/8 to 8/8. */
  private static final int POWERS = 8;

  /** About how many rows of a matrix are encoded for a try. */
  private static final int SAMPLED_ROWS = 256;

  /**
   * A matrix that reads the vector.
   *
   * @param target the format it will have
   * @param squares the mean squares of its inputs
   */
  record Reader(RawBlocks weights, BlockFormat target, float[] squares) {}

  private final ChannelFold fold;
  private final List<Reader> readers;
  private final ThreadTeam team;

  FoldSearch(ChannelFold fold, List<Reader> readers, ThreadTeam team) {
    this.fold = fold;
    this.readers = readers;
    this.team = team;
  }

  /** The best factors of those that are tried; empty if it is best to have none. */
  Optional<float[]> best() {
    double[] logs = logsOfMagnitudes();
    float[] none = new float[fold.elements()];
    Arrays.fill(none, 1);
    double leastError = error(none);
    Optional<float[]> best = Optional.empty();
    for (int i = 1; i <= POWERS; i++) {
      float[] factors = factors(logs, (double) i / POWERS);
      double error = error(factors);
      if (error < leastError) {
        leastError = error;
        best = Optional.of(factors);
      }
    }
    return best;
  }

  /** Logarithms, to base 2, of the root mean squares of the elements; their mean is 0. */
  private double[] logsOfMagnitudes() {
    double[] squares = new double[fold.elements()];
    int[] counts = new int[fold.elements()];
    float[] ofColumns = readers.getFirst().squares();
    for (int column = 0; column < ofColumns.length; column++) {
      squares[fold.elementOf()[column]] += ofColumns[column];
      counts[fold.elementOf()[column]]++;
    }
    double[] logs = new double[squares.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = 0.5 * Math.log(squares[i] / counts[i]) / Math.log(2);
    }
    double mean = Arrays.stream(logs).average().orElseThrow();
    return Arrays.stream(logs).map(log -> log - mean).toArray();
  }

  private static float[] factors(double[] logs, double power) {
    float[] factors = new float[logs.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = Math.scalb(1f, (int) Math.rint(-power * logs[i]));
    }
    return factors;
  }

  private double error(float[] factors) {
    return readers.stream().mapToDouble(reader -> error(reader, factors)).sum();
  }

  /** The expected squared error of the outputs, as far as inputs do not correlate. */
  private double error(Reader reader, float[] factors) {
    RawBlocks weights = reader.weights();
    float[] columns = new float[weights.cols()];
    float[] squares = new float[weights.cols()];
    for (int column = 0; column < columns.length; column++) {
      float factor = factors[fold.elementOf()[column]];
      columns[column] = 1 / factor;
      squares[column] = reader.squares()[column] * factor * factor;
    }
    float[] rows = new float[weights.rows()];
    Arrays.fill(rows, 1);
    int every = Math.max(1, weights.rows() / SAMPLED_ROWS);
    try (Arena arena = Arena.ofShared()) {
      RawBlocks scaled = ScaledTensors.scaled(weights, every, rows, columns, arena, team);
      ScaleSearch search = new ScaleSearch(Optional.of(squares), false);
      RawBlocks encoded = scaled.convert(reader.target(), search, arena, team);
      return error(scaled, encoded, squares) * weights.rows() / scaled.rows();
    }
  }

  private static double error(RawBlocks expected, RawBlocks actual, float[] squares) {
    float[] right = new float[expected.cols()];
    float[] wrong = new float[expected.cols()];
    double error = 0;
    for (int row = 0; row < expected.rows(); row++) {
      expected.decode(row, 0, right.length, right, 0);
      actual.decode(row, 0, wrong.length, wrong, 0);
      for (int i = 0; i < right.length; i++) {
        double miss = (double) right[i] - wrong[i];
        error += squares[i] * miss * miss;
      }
    }
    return error;
  }
}
