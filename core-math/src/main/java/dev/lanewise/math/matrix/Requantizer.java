package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.format.ScaleSearch;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Brings a tensor into another format: decodes it and encodes it anew, row by row, the rows split
 * over a team. The source is only read; at no time is more than a row a thread held as floats.
 */
final class Requantizer {
  /** Keeps the scale and its inverse normal numbers, whatever the weights. */
  private static final int LARGEST_EXPONENT = 120;

  /** Of 4 times the largest E4M3 scale: room for a block whose largest weight comes to lie on 4. */
  private static final float NVFP4_RANGE = 4 * 448;

  /** Scales of the tensor that a wide search tries, spread over an octave. */
  private static final int NVFP4_SCALES = 8;

  private final RawBlocks source;
  private final BlockFormat target;
  private final ScaleSearch search;
  private final ThreadTeam team;
  private final MemorySegment blocks;

  private Requantizer(
      RawBlocks source,
      BlockFormat target,
      ScaleSearch search,
      ThreadTeam team,
      MemorySegment blocks) {
    this.source = source;
    this.target = target;
    this.search = search;
    this.team = team;
    this.blocks = blocks;
  }

  /**
   * The weights of {@code source} as {@code target} blocks in {@code arena}.
   *
   * @throws IllegalArgumentException if a row does not fill whole blocks, or a weight, named by row
   *     and column, is not finite or too large for the format
   */
  static RawBlocks requantize(
      RawBlocks source, BlockFormat target, ScaleSearch search, Arena arena, ThreadTeam team) {
    long bytes = Math.multiplyExact(target.bytesFor(source.cols()), (long) source.rows());
    MemorySegment blocks = arena.allocate(bytes, 64);
    Requantizer requantizer = new Requantizer(source, target, search, team, blocks);
    float scale = target == BlockFormat.NVFP4 ? requantizer.tensorScale() : 1;
    if (target == BlockFormat.NVFP4 && search.wide()) {
      scale = requantizer.bestScale(scale);
    }
    return requantizer.encode(scale);
  }

  private interface RowTask {
    void run(int member, int row, float[] weights);
  }

  private void forEachRow(RowTask task) {
    team.run(
        (member, size) -> {
          float[] weights = new float[source.cols()];
          int end = ThreadTeam.share(source.rows(), member + 1, size);
          for (int row = ThreadTeam.share(source.rows(), member, size); row < end; row++) {
            source.decode(row, 0, source.cols(), weights, 0);
            task.run(member, row, weights);
          }
        });
  }

  /**
   * A power of two that brings the scale of the block with the largest weight to the top of E4M3's
   * range, so that blocks of weights 2^13 times smaller still have a scale of full precision: those
   * of models, around 0.1, would lie where E4M3 is coarse. A power of two changes no weight.
   */
  private float tensorScale() {
    float[] maxima = new float[team.size()];
    forEachRow(
        (member, row, weights) -> {
          float max = maxima[member];
          for (float weight : weights) {
            max = Math.max(max, Math.abs(weight));
          }
          maxima[member] = max;
        });
    float max = 0;
    for (float candidate : maxima) {
      max = Math.max(max, candidate);
    }
    return Math.scalb(
        1f,
        Math.clamp(Math.getExponent(max / NVFP4_RANGE) + 1, -LARGEST_EXPONENT, LARGEST_EXPONENT));
  }

  /** The best of some scales of the tensor, from {@code first} up to less than twice that. */
  private float bestScale(float first) {
    float best = first;
    double leastError = Double.POSITIVE_INFINITY;
    for (int i = 0; i < NVFP4_SCALES; i++) {
      float scale = (float) (first * Math.pow(2, (double) i / NVFP4_SCALES));
      double error = error(encode(scale));
      if (error < leastError) {
        leastError = error;
        best = scale;
      }
    }
    return best;
  }

  /** The squared error of the weights as they were encoded. */
  private double error(RawBlocks encoded) {
    double[] errors = new double[source.rows()];
    float[][] decoded = new float[team.size()][source.cols()];
    forEachRow(
        (member, row, weights) -> {
          encoded.decode(row, 0, encoded.cols(), decoded[member], 0);
          double sum = 0;
          for (int i = 0; i < weights.length; i++) {
            double miss = (double) weights[i] - decoded[member][i];
            sum +=
                search.importance().isPresent()
                    ? search.importance().get()[i] * miss * miss
                    : miss * miss;
          }
          errors[row] = sum;
        });
    return Arrays.stream(errors).sum();
  }

  /** Encodes all weights, divided by a scale of the tensor. */
  private RawBlocks encode(float scale) {
    long rowBytes = target.bytesFor(source.cols());
    float factor = 1 / scale;
    forEachRow(
        (member, row, weights) -> {
          for (int i = 0; i < weights.length; i++) {
            weights[i] *= factor;
          }
          try {
            target.encode(weights, 0, search, blocks, row * rowBytes, weights.length);
          } catch (IllegalArgumentException badWeight) {
            throw new IllegalArgumentException(
                "row " + row + ": " + badWeight.getMessage(), badWeight);
          }
        });
    return new RawBlocks(target, blocks, source.rows(), source.cols(), scale);
  }
}
