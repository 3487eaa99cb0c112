package dev.lanewise.engine;

import java.util.concurrent.CancellationException;

/** Handle of one accepted text that becomes a vector. */
public final class Embedding {
  private final Generation generation;
  private final PooledStates states;

  Embedding(Generation generation, PooledStates states) {
    this.generation = generation;
    this.states = states;
  }

  /**
   * Waits for the vector.
   *
   * @param dimensions how many of its elements to take, from the first on; 1 to {@code hidden}
   * @return a vector of length 1
   * @throws GenerationFailed if the engine failed at this text or was shut down
   * @throws CancellationException if it was cancelled
   * @throws InterruptedException if interrupted while waiting; the engine goes on
   */
  public float[] await(int dimensions) throws InterruptedException {
    generation.nextText(); // there is none: it waits for the end
    if (generation.result().finish() == FinishReason.CANCELLED) {
      throw new CancellationException();
    }
    return states.unitVector(dimensions);
  }

  /** Gives up: the engine drops the text within a step. Does nothing at the end. */
  public void cancel() {
    generation.cancel();
  }
}
