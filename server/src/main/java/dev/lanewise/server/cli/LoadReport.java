package dev.lanewise.server.cli;

import dev.lanewise.bench.load.LoadResult;
import dev.lanewise.bench.load.Target;

/** How the figures of {@code lanewise load} are written. */
sealed interface LoadReport permits LoadTable, LoadJson {
  /**
   * Who was asked.
   *
   * @param seed with which the plan can be repeated
   */
  record Asked(Target target, String model, long seed) {}

  /** Writes all figures. */
  void print(Asked asked, LoadResult result);
}
