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
 * @param output {@code [hidden, queryDim]}
 * @param gate {@code [ffnHidden, hidden]}; null where the family has none
 * @param up {@code [ffnHidden, hidden]}
 * @param down {@code [hidden, ffnHidden]}
 */
record LayerWeights(
    float[] attentionNorm,
    Matrix query,
    Matrix key,
    Matrix value,
    float[] queryBias,
    float[] keyBias,
    float[] valueBias,
    float[] queryNorm,
    float[] keyNorm,
    Matrix output,
    float[] postAttentionNorm,
    float[] ffnNorm,
    Matrix gate,
    Matrix up,
    Matrix down,
    float[] postFfnNorm) {
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
    return (gate == null ? 0 : gate.bytes()) + up.bytes() + down.bytes();
  }

  /** The matrices that there are. */
  List<Matrix> matrices() {
    return Stream.of(query, key, value, output, gate, up, down).filter(Objects::nonNull).toList();
  }

  /** These weights with other matrices of the feed-forward part. */
  LayerWeights withFeedForward(Matrix gate, Matrix up, Matrix down) {
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
        output,
        postAttentionNorm,
        ffnNorm,
        gate,
        up,
        down,
        postFfnNorm);
  }
}
