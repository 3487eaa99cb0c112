package dev.lanewise.engine.sparse;

/** What is left out while a sequence is computed. */
public sealed interface Sparsity
    permits Sparsity.Dense, Thresholds, CoreNeurons, ChosenNeurons, FfnSkipping {
  /** Nothing. */
  Sparsity NONE = new Dense();

  /** Everything is computed. */
  record Dense() implements Sparsity {}
}
