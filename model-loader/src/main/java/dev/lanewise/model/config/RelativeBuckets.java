package dev.lanewise.model.config;

/**
 * How distances between positions share biases of attention scores (Raffel et al., 2020).
 *
 * @param count buckets of distances
 * @param farthest the distance from which all share the last bucket
 * @param ofEachLayer whether each layer has biases of its own; if not, all share those of the first
 */
public record RelativeBuckets(int count, int farthest, boolean ofEachLayer) {
  /** Scores do not depend on buckets. */
  public static final RelativeBuckets NONE = new RelativeBuckets(0, 0, false);
}
