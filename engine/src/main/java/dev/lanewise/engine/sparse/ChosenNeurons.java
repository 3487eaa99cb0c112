package dev.lanewise.engine.sparse;

import java.util.Arrays;

/**
 * A fixed set of neurons for each of some layers; the others count as 0, in prompts too. For
 * measuring what a set that was found in one text does to another.
 */
public final class ChosenNeurons implements Sparsity {
  /** What stands for all neurons of a layer. */
  static final int[] ALL = {};

  private final int[][] chosen;

  /**
   * Of these neurons.
   *
   * @param chosen for each layer in ascending order; {@link #ALL} where all are kept
   */
  ChosenNeurons(int[][] chosen) {
    this.chosen = chosen;
  }

  /** Whether a layer leaves neurons out. */
  public boolean covers(int layer) {
    return chosen[layer].length > 0;
  }

  /** The neurons of a layer that leaves some out, in ascending order; not to be changed. */
  public int[] of(int layer) {
    return chosen[layer];
  }

  /** Sets the activations of a layer's other neurons, which start at {@code offset}, to 0. */
  public void mask(int layer, float[] activations, int offset, int neurons) {
    if (!covers(layer)) {
      return;
    }
    int next = 0;
    for (int neuron : chosen[layer]) {
      Arrays.fill(activations, offset + next, offset + neuron, 0);
      next = neuron + 1;
    }
    Arrays.fill(activations, offset + next, offset + neurons, 0);
  }
}
