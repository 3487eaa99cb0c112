package dev.lanewise.engine.schedule;

/**
 * How long chunks of a prompt and steps of generation have taken lately. A chunk is not measured by
 * the token: every chunk reads all weights, so that short ones take longer for each token. So times
 * are kept for some sizes, and the others follow from those.
 */
public final class MeasuredSpeed {
  /** Smaller ones take hardly less time: they read and unpack all weights too. */
  private static final int[] SIZES = {16, 24, 32, 48, 64, 96, 128, 192, 256};

  /** Weight of the newest measurement in the mean. */
  private static final double NEWEST = 0.25;

  /** Before anything is measured: few enough tokens for the first chunk of any model. */
  private static final double UNKNOWN_TOKEN_NANOS = 10e6;

  /** Nanoseconds of chunks of each size; 0 for unknown. */
  private final double[] chunks = new double[SIZES.length];

  private double step;

  /** Takes note of a chunk. Those of a size between are left out: they are the ends of prompts. */
  public void chunkTook(int tokens, long nanos) {
    for (int i = 0; i < SIZES.length; i++) {
      if (SIZES[i] == tokens) {
        chunks[i] = mean(chunks[i], nanos);
      }
    }
  }

  /** Takes note of a step in which each sequence generated a token. */
  public void stepTook(long nanos) {
    step = mean(step, nanos);
  }

  private static double mean(double before, long newest) {
    return before == 0 ? newest : before + NEWEST * (newest - before);
  }

  /** Nanoseconds of a step of generation; 0 before the first. */
  public double stepNanos() {
    return step;
  }

  /** Nanoseconds that a chunk will take, on the line through the two nearest known sizes. */
  public double chunkNanos(int tokens) {
    int nearest = nearest(tokens, -1);
    if (nearest < 0) {
      return UNKNOWN_TOKEN_NANOS * tokens;
    }
    int second = nearest(tokens, nearest);
    if (second < 0) {
      return chunks[nearest] * tokens / SIZES[nearest];
    }
    double slope = (chunks[second] - chunks[nearest]) / (SIZES[second] - SIZES[nearest]);
    return Math.max(0, chunks[nearest] + slope * (tokens - SIZES[nearest]));
  }

  /** The known size that is nearest, but for {@code other}; -1 if there is none. */
  private int nearest(int tokens, int other) {
    int nearest = -1;
    for (int i = 0; i < SIZES.length; i++) {
      if (i != other
          && chunks[i] != 0
          && (nearest < 0 || Math.abs(SIZES[i] - tokens) < Math.abs(SIZES[nearest] - tokens))) {
        nearest = i;
      }
    }
    return nearest;
  }

  /** Nanoseconds that {@code tokens} prompt tokens take in the chunks that are computed alone. */
  public double promptNanos(int tokens) {
    int largest = SIZES[SIZES.length - 1];
    return chunkNanos(largest) * tokens / largest;
  }

  /** The largest size, at most {@code most}, of a chunk that takes up to {@code nanos}. */
  public int chunkFor(double nanos, int most) {
    int fitting = SIZES[0];
    for (int size : SIZES) {
      if (size <= most && chunkNanos(size) <= nanos) {
        fitting = size;
      }
    }
    return fitting;
  }
}
