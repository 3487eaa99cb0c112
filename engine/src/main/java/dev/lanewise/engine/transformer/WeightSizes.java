package dev.lanewise.engine.transformer;

import dev.lanewise.math.matrix.Matrix;
import java.util.List;

/**
 * How much there is to multiply with: the matrices of a model, without the embedding that rows are
 * looked up in.
 *
 * @param bytes of the packed matrices, which a decoding step reads once
 * @param layerWeights numbers in the matrices of all blocks
 * @param headWeights numbers in the output head; 0 if there is none
 */
public record WeightSizes(long bytes, long layerWeights, long headWeights) {
  /** Of some layers, and a head that may be null. */
  static WeightSizes of(List<LayerWeights> layers, Matrix head) {
    long bytes = head == null ? 0 : head.bytes();
    long weights = 0;
    for (LayerWeights layer : layers) {
      for (Matrix matrix : layer.matrices()) {
        bytes += matrix.bytes();
        weights += weightsOf(matrix);
      }
    }
    return new WeightSizes(bytes, weights, head == null ? 0 : weightsOf(head));
  }

  private static long weightsOf(Matrix matrix) {
    return (long) matrix.rows() * matrix.cols();
  }
}
