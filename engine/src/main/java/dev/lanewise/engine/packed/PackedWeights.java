package dev.lanewise.engine.packed;

import dev.lanewise.math.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.Map;

/**
 * The packed matrices of a model.
 *
 * @param matrices by the names of their tensors
 * @param memory that holds the tiles
 */
public record PackedWeights(Map<String, Matrix> matrices, Arena memory) implements AutoCloseable {
  /** Frees the tiles. */
  @Override
  public void close() {
    memory.close();
  }
}
