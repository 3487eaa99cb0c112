package dev.lanewise.model.config;

/** What a family has that Llama has not, and that needs no number. */
public enum Trait {
  /** Embeddings are multiplied by the root of their length. */
  SCALED_EMBEDDING,

  /** The embedding is normed before the first block. */
  EMBEDDING_NORM,

  /** The file may have a vector that is added to the embedding of each token of a sentence. */
  TOKEN_TYPES,

  /** The file has query, key and value in one tensor. */
  FUSED_QKV,

  /** The file has gate and up in one tensor, the gate first. */
  FUSED_GATE_UP,

  /** Each head has a score that takes part in the softmax, but no value. */
  SINKS,

  /** The feed-forward network sees the residual without what attention adds to it. */
  PARALLEL_PARTS,

  /** The first block does without a norm before attention. */
  FIRST_INPUT_NORMED,

  /** A token attends to those behind it too; there is no head: hidden states are the result. */
  ENCODER,

  /** An encoder reads the prompt, and a decoder beside it writes the answer. */
  ENCODER_BESIDE
}
