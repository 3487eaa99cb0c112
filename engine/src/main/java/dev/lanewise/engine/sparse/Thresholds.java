package dev.lanewise.engine.sparse;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

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

  /** The matrices some of whose inputs are left out in any block. */
  public Set<Projection> projections() {
    Set<Projection> projections = EnumSet.noneOf(Projection.class);
    for (LayerThresholds layer : layers) {
      for (Projection projection : Projection.values()) {
        if (layer.of(projection) > 0) {
          projections.add(projection);
        }
      }
      if (layer.neurons().length > 0) {
        projections.add(Projection.DOWN);
      }
    }
    return projections;
  }

  /** Takes the thresholds of all blocks. */
  public Thresholds {
    layers = List.copyOf(layers);
  }
}
