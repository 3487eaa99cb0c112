package dev.lanewise.engine.transformer;

/**
 * What the positions of a query and a key add to their score, after its scale and its cap. It
 * depends on layer and head, and on how far the two are apart.
 */
interface PositionBias {
  /** Positions add nothing: the model has none, or rotates, or adds them to the embedding. */
  PositionBias NONE = (layer, head, query, key, scores, at, n) -> {};

  /**
   * Adds the biases of {@code n} keys in a row to their scores, {@code scores[at..at + n)}.
   *
   * @param query position of the query
   * @param key position of the first key
   */
  void add(int layer, int head, int query, int key, float[] scores, int at, int n);
}
