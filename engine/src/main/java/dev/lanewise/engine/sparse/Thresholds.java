package dev.lanewise.engine.sparse;

import java.util.List;

/**
 * Inputs and neurons below thresholds are left out (CATS, CHESS, TEAL). The same for all sequences.
 *
 * @param layers one for each block of the model
 */
public record Thresholds(List<LayerThresholds> layers) implements Sparsity {
  /**
   * The first positions of a sequence, which are computed densely: attention sinks. Their few huge
   * activations make all others small beside them, and every later position attends to them.
   */
  public static final int SINKS = 4;

  /** Takes the thresholds of all blocks. */
  public Thresholds {
    layers = List.copyOf(layers);
  }
}
