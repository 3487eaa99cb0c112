package dev.lanewise.engine;

import java.time.Duration;

/** A generation that had not ended when its time was over. */
public final class GenerationTimedOut extends GenerationFailed {
  /**
   * A generation that ran out of time.
   *
   * @param tokens how many it had generated
   */
  public GenerationTimedOut(Duration timeout, int tokens) {
    super(
        "the request took longer than its timeout of %s s; %d tokens were generated"
            .formatted(timeout.toMillis() / 1000.0, tokens),
        null);
  }
}
