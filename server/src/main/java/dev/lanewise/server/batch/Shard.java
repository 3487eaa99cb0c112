package dev.lanewise.server.batch;

/**
 * One of several parts of a file: every {@code count}-th line.
 *
 * @param index the first line of the part, counted from 0
 * @param count how many parts there are
 */
public record Shard(int index, int count) {
  /** All lines. */
  public static final Shard WHOLE = new Shard(0, 1);

  public Shard {
    if (count < 1 || index < 0 || index >= count) {
      throw new IllegalArgumentException(
          "shard %d/%d: the first number must be from 0 to one less than the second"
              .formatted(index, count));
    }
  }

  /** Whether a line, the first of which is 1, is of this part. */
  boolean has(int line) {
    return (line - 1) % count == index;
  }

  @Override
  public String toString() {
    return index + "/" + count;
  }
}
