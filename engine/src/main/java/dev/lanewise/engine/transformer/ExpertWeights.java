package dev.lanewise.engine.transformer;

import dev.lanewise.math.matrix.Matrix;
import java.util.List;
import java.util.stream.Stream;

/**
 * The feed-forward part of a block with experts.
 *
 * @param router {@code [experts, hidden]}, not packed: it has too few rows to fill tiles
 * @param gates of each expert, {@code [ffnHidden, hidden]}
 * @param ups of each expert, {@code [ffnHidden, hidden]}
 * @param downs of each expert, {@code [hidden, ffnHidden]}
 * @param routerBias {@code [experts]}; biases have no elements where the family has none
 * @param gateBiases {@code [experts, ffnHidden]}
 * @param upBiases {@code [experts, ffnHidden]}
 * @param downBiases {@code [experts, hidden]}
 */
record ExpertWeights(
    float[] router,
    List<Matrix> gates,
    List<Matrix> ups,
    List<Matrix> downs,
    float[] routerBias,
    float[] gateBiases,
    float[] upBiases,
    float[] downBiases) {
  ExpertWeights {
    gates = List.copyOf(gates);
    ups = List.copyOf(ups);
    downs = List.copyOf(downs);
  }

  /** Bytes of the matrices of an expert. */
  long bytes(int expert) {
    return gates.get(expert).bytes() + ups.get(expert).bytes() + downs.get(expert).bytes();
  }

  Stream<Matrix> matrices() {
    return Stream.of(gates.stream(), ups.stream(), downs.stream()).flatMap(all -> all);
  }
}
