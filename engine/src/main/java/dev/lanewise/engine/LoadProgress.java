package dev.lanewise.engine;

/** Told how far loading is. */
@FunctionalInterface
public interface LoadProgress {
  /** Tells nobody. */
  LoadProgress SILENT = (stage, fraction) -> {};

  /**
   * A stage has come this far.
   *
   * @param fraction from 0 to 1
   */
  void at(String stage, double fraction);
}
