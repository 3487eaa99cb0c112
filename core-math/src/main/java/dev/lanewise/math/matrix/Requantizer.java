package dev.lanewise.math.matrix;

import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Brings a tensor into another format: decodes it and encodes it anew, row by row, the rows split
 * over a team. The source is only read; at no time is more than a row a thread held as floats.
 */
final class Requantizer {
  /** Keeps the scale and its inverse normal numbers, whatever the weights. */
  private static final int LARGEST_EXPONENT = 120;

  /** Of 4 times the largest E4M3 scale: room for a block whose largest weight comes to lie on 4. */
  private static final float NVFP4_RANGE = 4 * 448;

  private final RawBlocks source;
  private final BlockFormat target;
  private final ThreadTeam team;

  private Requantizer(RawBlocks source, BlockFormat target, ThreadTeam team) {
    this.source = source;
    this.target = target;
    this.team = team;
  }

  /**
   * The weights of {@code source} as {@code target} blocks in {@code arena}.
   *
   * @throws IllegalArgumentException if a row does not fill whole blocks, or a weight, named by row
   *     and column, is not finite or too large for the format
   * @throws UnsupportedOperationException if the format is only read
   */
  static RawBlocks requantize(RawBlocks source, BlockFormat target, Arena arena, ThreadTeam team) {
    long rowBytes = target.bytesFor(source.cols());
    Requantizer requantizer = new Requantizer(source, target, team);
    float scale = target == BlockFormat.NVFP4 ? requantizer.tensorScale() : 1;
    MemorySegment blocks = arena.allocate(Math.multiplyExact(rowBytes, (long) source.rows()), 64);
    requantizer.encodeRows(blocks, rowBytes, 1 / scale);
    return new RawBlocks(target, blocks, source.rows(), source.cols(), scale);
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

  private void encodeRows(MemorySegment blocks, long rowBytes, float factor) {
    forEachRow(
        (member, row, weights) -> {
          for (int i = 0; i < weights.length; i++) {
            weights[i] *= factor;
          }
          try {
            target.encode(weights, 0, blocks, row * rowBytes, weights.length);
          } catch (IllegalArgumentException badWeight) {
            throw new IllegalArgumentException(
                "row " + row + ": " + badWeight.getMessage(), badWeight);
          }
        });
  }
}
