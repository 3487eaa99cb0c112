package dev.lanewise.engine.sparse;

import dev.lanewise.model.config.ModelConfig;

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
          case GATE, UP, DOWN -> config.ffnHidden();
        };
    return (long) rows * config.hidden();
  }
}
