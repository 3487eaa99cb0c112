package dev.lanewise.model.safetensors;

import dev.lanewise.model.hub.RowChoice;
import java.util.Optional;

/**
 * Which stored rows the rows of a tensor are: runs at equal distances.
 *
 * @param first the stored row that row 0 is
 * @param run rows that are stored without a gap
 * @param stride stored rows from the beginning of a run to that of the next
 */
record RowPick(long first, long run, long stride) {
  /**
   * The rows of a choice.
   *
   * @param rows how many are stored, in each of equal groups if there are several
   * @return empty if the parts do not fill the rows
   */
  static Optional<RowPick> of(RowChoice choice, long rows) {
    long left = rows - choice.skipped();
    long run = choice.run() == RowChoice.LONGEST ? left / choice.parts() : choice.run();
    if (run < 1 || left % choice.parts() != 0 || left / choice.parts() % run != 0) {
      return Optional.empty();
    }
    long stride = choice.skipped() > 0 ? rows : run * choice.parts();
    return Optional.of(new RowPick(choice.skipped() + choice.part() * run, run, stride));
  }

  /** The stored row that a row is. */
  long at(long row) {
    return first + row / run * stride + row % run;
  }

  /** How many rows from this one on are stored without a gap. */
  long together(long row) {
    return run == stride ? Long.MAX_VALUE : run - row % run;
  }
}
