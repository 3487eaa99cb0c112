package dev.lanewise.engine;

/** As many requests as the engine accepts are running or waiting; this one was not accepted. */
public final class QueueFull extends RuntimeException {
  private final int accepted;
  private final int retryAfterSeconds;

  /**
   * A refusal.
   *
   * @param accepted requests that are running or waiting
   * @param retryAfterSeconds when one of them will probably have ended
   */
  public QueueFull(int accepted, int retryAfterSeconds) {
    super(
        "%d requests are running or waiting, which is all that are accepted; try again in %d s"
            .formatted(accepted, retryAfterSeconds));
    this.accepted = accepted;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  int accepted() {
    return accepted;
  }

  /** When it may be worth trying again, at least 1. */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
