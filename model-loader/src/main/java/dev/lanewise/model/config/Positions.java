package dev.lanewise.model.config;

/** How a model knows where a token stands. */
public enum Positions {
  /** Queries and keys are rotated (Su et al., 2021). */
  ROTARY,

  /** A vector of each position is added to the embedding. */
  LEARNED,

  /** Scores fall with the distance, in each head by a slope of its own (Press et al., 2022). */
  ALIBI,

  /** Scores have a bias of each head and bucket of distances (Raffel et al., 2020). */
  BUCKETS
}
