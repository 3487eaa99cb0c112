package dev.lanewise.engine;

/**
 * Work for the engine thread. Exactly one of the two methods is called, once, unless the job is
 * withdrawn.
 */
interface Job {
  /** Does the work. Must not throw. */
  void run();

  /** The engine shuts down before the work began. */
  void refuse();
}
