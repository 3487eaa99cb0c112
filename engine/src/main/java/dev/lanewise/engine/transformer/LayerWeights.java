package dev.lanewise.engine.transformer;

import dev.lanewise.engine.sparse.Projection;
import dev.lanewise.math.matrix.Matrix;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The weights of one block. Biases and norms have no elements where the family has none.
 *
 * @param query {@code [queryDim, hidden]}
 * @param key {@code [kvDim, hidden]}
 * @param value {@code [kvDim, hidden]}
 * @param postAttentionNorm behind the part, or behind its sum with the residual
 * @param postFfnNorm likewise
 * @param sinks a score of each head that has no value; no elements where the family has none
 * @param output {@code [hidden, queryDim]}
 * @param gate {@code [ffnHidden, hidden]}; null where the family has none, or experts
 * @param experts in the place of gate, up and down, which are null then; or null
 * @param up {@code [ffnHidden, hidden]}
 * @param down {@code [hidden, ffnHidden]}
 */
record LayerWeights(
    NormWeights attentionNorm,
    Matrix query,
    Matrix key,
    Matrix value,
    float[] queryBias,
    float[] keyBias,
    float[] valueBias,
    float[] queryNorm,
    float[] keyNorm,
    float[] sinks,
    Matrix output,
    float[] outputBias,
    NormWeights postAttentionNorm,
    NormWeights ffnNorm,
    Matrix gate,
    Matrix up,
    Matrix down,
    float[] upBias,
    float[] downBias,
    ExpertWeights experts,
    NormWeights postFfnNorm) {
  /** A matrix, or null if the family has none. */
  Matrix of(Projection projection) {
    return switch (projection) {
      case QUERY -> query;
      case KEY -> key;
      case VALUE -> value;
      case OUTPUT -> output;
      case GATE -> gate;
      case UP -> up;
      case DOWN -> down;
    };
  }

  /** Bytes of the matrices of the feed-forward part. */
  long feedForwardBytes() {
    return feedForward().mapToLong(Matrix::bytes).sum();
  }

  private Stream<Matrix> feedForward() {
    return experts == null
        ? Stream.of(gate, up, down).filter(Objects::nonNull)
        : experts.matrices();
  }

  /** Numbers that choose experts. */
  long routerWeights() {
    return experts == null ? 0 : experts.router().length;
  }

  /** The matrices that there are. */
  List<Matrix> matrices() {
    return Stream.concat(Stream.of(query, key, value, output), feedForward()).toList();
  }

  /** These weights with other neurons in the feed-forward part. */
  LayerWeights withFeedForward(Matrix gate, Matrix up, Matrix down, float[] upBias) {
    return new LayerWeights(
        attentionNorm,
        query,
        key,
        value,
        queryBias,
        keyBias,
        valueBias,
        queryNorm,
        keyNorm,
        sinks,
        output,
        outputBias,
        postAttentionNorm,
        ffnNorm,
        gate,
        up,
        down,
        upBias,
        downBias,
        experts,
        postFfnNorm);
  }
}
