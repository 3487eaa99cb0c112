package dev.lanewise.engine.transformer;

import dev.lanewise.math.matrix.Matrix;
import java.util.List;

/**
 * The weights with which a block of a decoder attends to what the encoder found.
 *
 * @param norm of the residual, before {@code query}
 * @param query {@code [queryDim, hidden]}
 * @param key {@code [kvDim, hidden]}, of the encoder's states
 * @param value {@code [kvDim, hidden]}, of the encoder's states
 * @param output {@code [hidden, queryDim]}
 */
record CrossWeights(NormWeights norm, Matrix query, Matrix key, Matrix value, Matrix output) {
  List<Matrix> matrices() {
    return List.of(query, key, value, output);
  }
}
