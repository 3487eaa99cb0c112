package dev.lanewise.engine;

/** A generation ended without a result; the message says why. */
public final class GenerationFailed extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** An end with a reason. */
  public GenerationFailed(String reason, Throwable cause) {
    super(reason, cause);
  }
}
