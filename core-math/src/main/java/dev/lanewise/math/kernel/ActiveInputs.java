package dev.lanewise.math.kernel;

import dev.lanewise.math.matrix.Inputs;

/**
 * The inputs of a column that are not zero once rounded, in order. Those of a span are an even
 * number, if need be with a zero at the end.
 */
final class ActiveInputs {
  /** Vectors may write as much beyond the end. */
  private static final int ROOM = 16;

  /** Where the units of each are, in bytes from those of its span. */
  int[] at = new int[0];

  /** Each one's 8-bit value, see {@link Inputs#doubled}. */
  int[] doubled = new int[0];

  /** Where the inputs of each span begin, and behind them where those of the last end. */
  int[] starts = new int[0];

  /** Makes room for the inputs of a column. */
  void reserve(int inputs, int spans) {
    if (at.length < inputs + ROOM) {
      at = new int[inputs + ROOM];
      doubled = new int[inputs + ROOM];
    }
    if (starts.length <= spans) {
      starts = new int[spans + 1];
    }
  }
}
