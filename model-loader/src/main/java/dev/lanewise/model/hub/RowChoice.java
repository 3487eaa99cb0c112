package dev.lanewise.model.hub;

/**
 * Rows of a stored tensor that belong together: the rows, but for some that are skipped, are runs
 * of several parts in turn, of which one part is chosen.
 *
 * @param skipped rows at the beginning
 * @param part the part that is chosen, from 0
 * @param parts how many there are
 * @param run rows of a part before those of the next; {@link #LONGEST} or {@link #HEAD}
 */
public record RowChoice(int skipped, int part, int parts, int run) {
  /** Each part has one run. */
  public static final int LONGEST = 0;

  /** A run has the rows of one head. */
  public static final int HEAD = -1;

  /** All rows. */
  static final RowChoice ALL = new RowChoice(0, 0, 1, LONGEST);

  /** All rows but for the first. */
  static RowChoice from(int skipped) {
    return new RowChoice(skipped, 0, 1, LONGEST);
  }

  /** One of several parts that stand below each other. */
  static RowChoice part(int part, int parts) {
    return new RowChoice(0, part, parts, LONGEST);
  }

  /** Every other row. */
  static RowChoice alternating(int part) {
    return new RowChoice(0, part, 2, 1);
  }

  /** Of query, key and value of one head after the other. */
  static RowChoice ofHeads(int part) {
    return new RowChoice(0, part, 3, HEAD);
  }

  RowChoice withHeads(int headDim) {
    return run == HEAD ? new RowChoice(skipped, part, parts, headDim) : this;
  }
}
