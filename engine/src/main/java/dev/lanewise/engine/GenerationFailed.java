package dev.lanewise.engine;

/**
 * A generation that ended by an error of the engine, by its shutdown or by running out of time, not
 * by anything wrong in the request.
 */
public sealed class GenerationFailed extends RuntimeException permits GenerationTimedOut {
  /**
   * A failure.
   *
   * @param cause the exception of the step that failed, or null if the engine was shut down
   */
  public GenerationFailed(String problem, Throwable cause) {
    super(problem, cause);
  }
}
