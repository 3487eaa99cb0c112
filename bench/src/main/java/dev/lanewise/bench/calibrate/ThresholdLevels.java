package dev.lanewise.bench.calibrate;

import dev.lanewise.engine.sparse.LayerLevel;
import java.util.List;

/**
 * What a method found.
 *
 * @param targets ascending
 * @param layers for each target the thresholds of all blocks
 * @param upMeans as in a file
 */
record ThresholdLevels(
    List<Double> targets, List<List<LayerLevel>> layers, List<float[]> upMeans) {}
