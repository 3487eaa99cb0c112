package dev.lanewise.engine.transformer;

import dev.lanewise.math.matrix.Matrix;
import java.util.List;

/**
 * How much there is to multiply with: the matrices of a model, without the embedding that rows are
 * looked up in.
 *
 * @param bytes of the packed matrices, all of which a decoding step reads once, but for an
 *     encoder's
 * @param layerWeights numbers in the matrices of all blocks
 * @param headWeights numbers in the output head; 0 if there is none
 */
public record WeightSizes(long bytes, long layerWeights, long headWeights) {
  static WeightSizes of(Weights weights) {
    List<Matrix> matrices = weights.matrices();
    Matrix head = weights.head();
    long routers = weights.layers().stream().mapToLong(LayerWeights::routerWeights).sum();
    long bytes =
        matrices.stream().mapToLong(Matrix::bytes).sum() + Math.multiplyExact(routers, Float.BYTES);
    return new WeightSizes(
        head == null ? bytes : bytes + head.bytes(),
        matrices.stream().mapToLong(WeightSizes::weightsOf).sum() + routers,
        head == null ? 0 : weightsOf(head));
  }

  private static long weightsOf(Matrix matrix) {
    return (long) matrix.rows() * matrix.cols();
  }
}
