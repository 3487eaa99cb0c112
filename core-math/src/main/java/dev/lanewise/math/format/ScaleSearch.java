package dev.lanewise.math.format;

import java.util.Optional;

/**
 * How encoders look for the scales of blocks.
 *
 * @param importance how much the squared error of each weight of a row counts, above 0, or empty
 *     where all count the same. The mean square of the input that a weight is multiplied with makes
 *     the sum the expected squared error of the product, as far as inputs do not correlate
 * @param wide whether encoders of FP4 try scales far from those that the largest weight suggests
 */
public record ScaleSearch(Optional<float[]> importance, boolean wide) {
  /** All weights count the same, and the likely scales are tried. */
  public static final ScaleSearch USUAL = new ScaleSearch(Optional.empty(), false);
}
