package dev.lanewise.engine.sparse;

/** What is left out while a sequence is computed. */
public sealed interface Sparsity {
  /** Nothing. */
  Sparsity NONE = new Dense();

  /** Everything is computed. */
  record Dense() implements Sparsity {}
}
