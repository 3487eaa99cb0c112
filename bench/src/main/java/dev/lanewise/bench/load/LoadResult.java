package dev.lanewise.bench.load;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What was measured. */
public final class LoadResult {
  private final LoadPlan plan;
  private final List<Outcome> outcomes;
  private final long start;
  private final long end;
  private final int unfinished;

  LoadResult(LoadPlan plan, List<Outcome> outcomes, long start, int unfinished) {
    this.plan = plan;
    this.outcomes = outcomes;
    this.start = start;
    this.unfinished = unfinished;
    end = outcomes.stream().mapToLong(Outcome::ended).max().orElse(start);
  }

  /** Seconds from the start to the last request's end. */
  public double seconds() {
    return (end - start) / 1e9;
  }

  /** Requests that were still under way when this was asked for, and are counted nowhere else. */
  public int unfinished() {
    return unfinished;
  }

  /** The figures of the main traffic, then of the background if there is any. */
  public List<TrafficFigures> figures() {
    return traffic().stream()
        .map(traffic -> new TrafficFigures(traffic.name(), of(traffic), start, end))
        .toList();
  }

  /** The classes of requests that were planned. */
  List<Traffic> traffic() {
    return Stream.of(Optional.of(plan.main()), plan.background())
        .flatMap(Optional::stream)
        .toList();
  }

  /** How the requests of one class ended. */
  List<Outcome> of(Traffic traffic) {
    return outcomes.stream().filter(outcome -> outcome.traffic().equals(traffic.name())).toList();
  }

  /** When it began, in nanoseconds of {@link System#nanoTime}. */
  long start() {
    return start;
  }
}
