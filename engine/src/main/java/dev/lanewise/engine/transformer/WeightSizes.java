package dev.lanewise.engine.transformer;

import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.model.config.Experts;
import java.util.List;

/**
 * How much there is to multiply with: the matrices of a model, without the embedding that rows are
 * looked up in.
 *
 * @param bytes of the packed matrices, but for an encoder's
 * @param layerWeights numbers in the matrices of all blocks
 * @param headWeights numbers in the output head; 0 if there is none
 * @param experts how many of them a token uses
 * @param expertBytes of the matrices of all experts, which are part of {@code bytes}
 * @param expertWeights numbers in these, which are part of {@code layerWeights}
 */
public record WeightSizes(
    long bytes,
    long layerWeights,
    long headWeights,
    Experts experts,
    long expertBytes,
    long expertWeights) {
  static WeightSizes of(Weights weights, Experts experts) {
    List<Matrix> matrices = weights.matrices();
    List<Matrix> ofExperts =
        weights.layers().stream()
            .filter(layer -> layer.experts() != null)
            .flatMap(layer -> layer.experts().matrices())
            .toList();
    Matrix head = weights.head();
    long routers = weights.layers().stream().mapToLong(LayerWeights::routerWeights).sum();
    long bytes = bytes(matrices) + Math.multiplyExact(routers, Float.BYTES);
    return new WeightSizes(
        head == null ? bytes : bytes + head.bytes(),
        numbers(matrices) + routers,
        head == null ? 0 : numbers(List.of(head)),
        experts,
        bytes(ofExperts),
        numbers(ofExperts));
  }

  private static long bytes(List<Matrix> matrices) {
    return matrices.stream().mapToLong(Matrix::bytes).sum();
  }

  private static long numbers(List<Matrix> matrices) {
    return matrices.stream().mapToLong(matrix -> (long) matrix.rows() * matrix.cols()).sum();
  }

  /** Bytes that a step of some sequences reads at most: their tokens may have experts in common. */
  public double bytesOfStep(int sequences) {
    return bytes - expertBytes * (1 - Math.min(1, sequences * usedShare()));
  }

  /** Numbers in the matrices of all blocks that a token is multiplied with. */
  public double layerWeightsOfToken() {
    return layerWeights - expertWeights * (1 - usedShare());
  }

  private double usedShare() {
    return experts.exist() ? (double) experts.used() / experts.count() : 1;
  }
}
