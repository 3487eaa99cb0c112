package dev.lanewise.engine.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What to do next: preempt a request and plan again; or let all that generate have a token each and
 * compute some tokens of some prompts, either of which may be nothing.
 */
public final class Step<R> {
  private final List<R> prompts = new ArrayList<>();
  private int[] tokens = new int[16];
  private R preempted;

  void clear() {
    preempted = null;
    prompts.clear();
  }

  void preempt(R request) {
    preempted = request;
  }

  void prefill(R request, int count) {
    if (prompts.size() == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * tokens.length);
    }
    tokens[prompts.size()] = count;
    prompts.add(request);
  }

  boolean prefills(R request) {
    return prompts.contains(request);
  }

  /** The request whose blocks the others need; null if none. Then the rest says nothing. */
  public R preempted() {
    return preempted;
  }

  /** How many prompts begin or go on. */
  public int prompts() {
    return prompts.size();
  }

  /** A request whose prompt begins or goes on. */
  public R prompt(int i) {
    return prompts.get(i);
  }

  /** Most tokens of it to compute. */
  public int tokens(int i) {
    return tokens[i];
  }
}
