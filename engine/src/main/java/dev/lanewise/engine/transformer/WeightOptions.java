package dev.lanewise.engine.transformer;

import dev.lanewise.math.format.BlockFormat;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How weights get into memory.
 *
 * @param format what the weight matrices are converted to, or empty to leave them as they are
 * @param packCache folder that keeps packed weights for the next start, or empty to keep none
 */
public record WeightOptions(Optional<BlockFormat> format, Optional<Path> packCache) {
  /** As they are in the file, none kept. */
  public static final WeightOptions AS_IS = new WeightOptions(Optional.empty(), Optional.empty());
}
