package dev.lanewise.engine.schedule;

import dev.lanewise.engine.schedule.Schedulable.Phase;
import java.util.List;

/**
 * Decides what a step computes. The decision follows from the arguments alone, changes none of
 * them, and allocates nothing.
 *
 * <ul>
 *   <li>All requests that generate have a token in every step.
 *   <li>Prompts are computed beside them, as many tokens as keep to the share of the time that
 *       prompts have. Prompts are taken by priority, then by when they would be done if each had
 *       begun at its arrival: a short one may pass a long one, but only until the long one has
 *       waited for as long as it takes. The next in order has what the first leaves.
 *   <li>Prompts that are not to be cut are not: one that is too long for its share is a step's only
 *       one.
 *   <li>Where more requests wait than generate, prompts get more in proportion. Else few would
 *       generate, their steps would be short, and so would the chunks beside them, which are the
 *       less efficient the shorter they are: the server would be slowest when it has most to do.
 *   <li>A request begins when there are blocks for its whole prompt, and for another page of each
 *       request under way. While the next in order waits for blocks no other passes it.
 *   <li>If there are no blocks for the next positions of a request, the youngest of the lowest
 *       priority loses its blocks and begins again later.
 * </ul>
 */
public final class StepPlanner {
  private final SchedulePolicy policy;
  private final int pageBlocks;

  /**
   * A planner.
   *
   * @param pageBlocks blocks that a request takes at a time while it generates
   */
  public StepPlanner(SchedulePolicy policy, int pageBlocks) {
    this.policy = policy;
    this.pageBlocks = pageBlocks;
  }

  /**
   * Plans a step.
   *
   * @param requests all that have not ended
   * @param freeBlocks blocks that nobody holds
   * @param step takes the plan
   */
  public <R extends Schedulable> void plan(
      List<R> requests, int freeBlocks, MeasuredSpeed speed, Step<R> step) {
    step.clear();
    int needed = 0;
    int underWay = 0;
    int generating = 0;
    int prompts = 0;
    for (int i = 0; i < requests.size(); i++) {
      R request = requests.get(i);
      if (request.phase() == Phase.DECODE) {
        generating++;
      } else {
        prompts += request.mayBegin() ? 1 : 0;
      }
      if (request.phase() != Phase.WAITING) {
        needed += request.missingBlocks();
        underWay++;
      }
    }
    if (needed > freeBlocks) {
      step.preempt(youngest(requests));
      return;
    }
    int tokens = chunk(generating, prompts, speed);
    int taken = needed; // blocks of this step
    boolean waitingToo = true;
    while (tokens > 0) {
      R next = first(requests, waitingToo, step, speed);
      if (next == null || next.isWhole() && step.prompts() > 0 && next.remainingTokens() > tokens) {
        return;
      }
      if (next.phase() == Phase.WAITING) {
        int blocks = taken + next.missingBlocks();
        if (underWay >= policy.parallel() || blocks + underWay * pageBlocks > freeBlocks) {
          waitingToo = false;
          continue;
        }
        taken = blocks;
        underWay++;
      }
      int count =
          next.isWhole() ? next.remainingTokens() : Math.min(tokens, next.remainingTokens());
      step.prefill(next, count);
      tokens -= count;
    }
  }

  /** Who holds blocks and came last, of those whose priority is the lowest. */
  private static <R extends Schedulable> R youngest(List<R> requests) {
    R youngest = null;
    for (int i = 0; i < requests.size(); i++) {
      R request = requests.get(i);
      if (request.phase() != Phase.WAITING
          && (youngest == null
              || request.priority() > youngest.priority()
              || (request.priority() == youngest.priority()
                  && request.arrivalNanos() >= youngest.arrivalNanos()))) {
        youngest = request;
      }
    }
    return youngest;
  }

  /** The first in order of those with prompt tokens to compute that the step has not. */
  private static <R extends Schedulable> R first(
      List<R> requests, boolean waitingToo, Step<R> step, MeasuredSpeed speed) {
    R first = null;
    double firstDue = 0;
    for (int i = 0; i < requests.size(); i++) {
      R request = requests.get(i);
      if (request.phase() == Phase.DECODE
          || (request.phase() == Phase.WAITING && !(waitingToo && request.mayBegin()))
          || step.prefills(request)) {
        continue;
      }
      double due = request.arrivalNanos() + speed.promptNanos(request.remainingTokens());
      if (first == null
          || request.priority() < first.priority()
          || (request.priority() == first.priority() && due < firstDue)) {
        first = request;
        firstDue = due;
      }
    }
    return first;
  }

  /** How many prompt tokens the step has. */
  private int chunk(int generating, int prompts, MeasuredSpeed speed) {
    int most = policy.mostColumns() - generating;
    double mostNanos = policy.mostChunkNanos();
    if (generating == 0) {
      return speed.chunkFor(mostNanos, most, false);
    }
    if (speed.wantsStepAlone()) {
      return 0;
    }
    double share = policy.prefillShare();
    double crowd = Math.max(1, (double) prompts / generating);
    double nanos = speed.stepNanos(generating) * crowd * share / (1 - share);
    return speed.chunkFor(Math.min(mostNanos, nanos), most, true);
  }
}
