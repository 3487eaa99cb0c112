package dev.lanewise.server;

import dev.lanewise.engine.sparse.CalibratedModel;
import dev.lanewise.engine.sparse.LayerLevel;
import dev.lanewise.engine.sparse.ModelHash;
import dev.lanewise.engine.sparse.SparsityFile;
import dev.lanewise.engine.sparse.SparsityLevel;
import dev.lanewise.engine.sparse.ThresholdLevel;
import dev.lanewise.engine.sparse.ThresholdMethod;
import dev.lanewise.model.config.Architecture;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * A file of thresholds for the model of {@link RunningServer}, of the two levels that are extremes.
 */
final class Thresholds {
  /** The level of the thresholds that leaves out nothing. */
  private static final double NOTHING = 0.1;

  /** The level of the thresholds that leaves out all neurons. */
  private static final double ALL = 0.9;

  private Thresholds() {}

  static Path writeTo(Path folder) throws IOException {
    ModelConfig config;
    try (GgufFile file = GgufFile.open(RunningServer.FILE)) {
      config = Architecture.configOf(file);
    }
    Path path = folder.resolve("smollm.cats.json");
    new SparsityFile(
            SparsityFile.VERSION,
            new CalibratedModel("smollm.gguf", ModelHash.of(RunningServer.FILE), "as-is"),
            ThresholdMethod.CATS,
            ALL,
            100,
            10,
            11,
            config.ffnHidden(),
            List.of(),
            List.of(level(NOTHING, Float.MIN_VALUE, config), level(ALL, Float.MAX_VALUE, config)))
        .write(path);
    return path;
  }

  private static SparsityLevel level(double target, float neurons, ModelConfig config) {
    LayerLevel layer = new LayerLevel(0, 0, 0, 0, 0, 0, 0, neurons);
    return new ThresholdLevel(target, target, target, Collections.nCopies(config.layers(), layer));
  }
}
