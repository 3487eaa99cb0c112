package dev.lanewise.model.config;

/**
 * How rotations are stretched to a longer context, see {@link dev.lanewise.math.Rope#yarn}.
 *
 * @param factor of slow rotations
 * @param originalContext positions that the model was first trained for
 * @param fast turns in these positions from which on a rotation is not stretched
 * @param slow turns up to which it is stretched by all of the factor
 * @param truncated whether the pairs that make so many turns are rounded to whole ones
 * @param magnitude factor on rotated vectors
 */
public record Yarn(
    float factor,
    int originalContext,
    float fast,
    float slow,
    boolean truncated,
    float magnitude) {}
