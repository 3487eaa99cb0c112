package dev.lanewise.engine;

/**
 * A generation that ended by an error of the engine or by its shutdown, not by anything in the
 * request.
 */
public final class GenerationFailed extends RuntimeException {
  /**
   * A failure.
   *
   * @param cause the exception of the step that failed, or null if the engine was shut down
   */
  public GenerationFailed(String problem, Throwable cause) {
    super(problem, cause);
  }
}
