package dev.lanewise.model.hub;

/** What a stored tensor is of the weights of a module that are stored as codes. */
public enum WeightPart {
  /** Small integers or floating-point numbers, which scales make weights of. */
  CODES,
  /** Factors, each of some codes. */
  SCALES,
  /** What is taken off integers before they are scaled. */
  ZEROS,
  /** For each column, which scale of a row is its. */
  GROUPS,
  /** A scale of all weights. */
  TENSOR_SCALE,
  /** The sizes of the dimensions. */
  SHAPE,
  /** Of inputs or of the cache, which are rounded by rules of our own. */
  OF_INPUTS
}
