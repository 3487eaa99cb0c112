package dev.lanewise.engine.transformer;

import dev.lanewise.math.thread.ThreadTeam;
import java.util.Optional;

/** Shows the columns of a pass to an observer, if there is one. */
final class ActivationTap {
  private final ThreadTeam team;
  private final Columns columns;
  private Optional<ActivationObserver> observer = Optional.empty();

  ActivationTap(ThreadTeam team, Columns columns) {
    this.team = team;
    this.columns = columns;
  }

  void set(Optional<ActivationObserver> observer) {
    this.observer = observer;
  }

  boolean isOpen() {
    return observer.isPresent();
  }

  /** Called by every member; what others computed need not have been waited for. */
  void show(Activation activation, int layer, float[] values, int stride, int length, int member) {
    if (observer.isEmpty()) {
      return;
    }
    team.barrier();
    if (member == 0) {
      for (int c = 0; c < columns.count; c++) {
        observer.get().observe(layer, activation, columns.positions[c], values, c * stride, length);
      }
    }
    team.barrier();
  }

  /** As {@link #show}, for the first vectors of {@code values}, which go through an expert. */
  void showExpert(
      Activation activation,
      int layer,
      int expert,
      float[] values,
      int stride,
      int vectors,
      int length,
      int member) {
    if (observer.isEmpty()) {
      return;
    }
    team.barrier();
    if (member == 0) {
      for (int i = 0; i < vectors; i++) {
        observer.get().observeExpert(layer, expert, activation, values, i * stride, length);
      }
    }
    team.barrier();
  }
}
