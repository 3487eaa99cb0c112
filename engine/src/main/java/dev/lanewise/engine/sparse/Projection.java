package dev.lanewise.engine.sparse;

import dev.lanewise.model.config.ModelConfig;
import java.util.EnumSet;
import java.util.Set;

/** The matrices of a block. */
public enum Projection {
  QUERY,
  KEY,
  VALUE,
  OUTPUT,
  GATE,
  UP,
  DOWN;

  /** How many weights the matrix has. */
  public long weights(ModelConfig config) {
    int rows =
        switch (this) {
          case QUERY, OUTPUT -> config.queryDim();
          case KEY, VALUE -> config.kvDim();
          case GATE -> config.feedForward().isGated() ? config.ffnHidden() : 0;
          case UP, DOWN -> config.ffnHidden();
        };
    return (long) rows * config.hidden();
  }

  /** What share of the weights of all matrices some have. */
  public static double share(Set<Projection> some, ModelConfig config) {
    return (double) weights(some, config) / weights(EnumSet.allOf(Projection.class), config);
  }

  private static long weights(Set<Projection> some, ModelConfig config) {
    return some.stream().mapToLong(projection -> projection.weights(config)).sum();
  }
}
