package dev.lanewise.engine.schedule;

/**
 * What to do next: preempt a request and plan again; or let all that generate have a token each and
 * compute some tokens of one prompt, either of which may be nothing.
 */
public final class Step<R> {
  private R preempted;
  private R prefilled;
  private int chunk;

  void clear() {
    preempted = null;
    prefilled = null;
    chunk = 0;
  }

  void preempt(R request) {
    preempted = request;
  }

  void prefill(R request, int tokens) {
    prefilled = request;
    chunk = tokens;
  }

  /** The request whose blocks the others need; null if none. Then the rest says nothing. */
  public R preempted() {
    return preempted;
  }

  /** The request whose prompt goes on, or begins; null if none. */
  public R prefilled() {
    return prefilled;
  }

  /** Most tokens of it to compute. */
  public int chunk() {
    return chunk;
  }
}
