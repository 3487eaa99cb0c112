package dev.lanewise.engine.sparse;

/** What is left out while a sequence is computed. */
public sealed interface Sparsity
    permits Sparsity.Dense, Thresholds, CoreNeurons, ChosenNeurons, FfnSkipping {
  /** Nothing. */
  Sparsity NONE = new Dense();

  /**
   * What the prompt of a sequence is computed with whose answer leaves something out: nothing is
   * left out of it, so that others can share what is computed, but core neurons are looked for.
   */
  static Sparsity ofPrompt(Sparsity ofAnswer) {
    return ofAnswer instanceof CoreNeurons ? ofAnswer : NONE;
  }

  /** Everything is computed. */
  record Dense() implements Sparsity {}
}
