package dev.lanewise.bench.quality;

import dev.lanewise.engine.sparse.SparsityChoice;
import java.util.OptionalInt;

/**
 * A line of a table of qualities.
 *
 * @param number counted from 1
 * @param weights name of their format
 * @param kvCache name of its format
 * @param sparsity what was left out
 * @param against the number of the row it was compared with; empty for the first
 * @param quality what was measured
 */
public record QualityRow(
    int number,
    String weights,
    String kvCache,
    SparsityChoice sparsity,
    OptionalInt against,
    Quality quality) {}
