package dev.lanewise.engine.schedule;

/**
 * How long steps have taken lately: those of some sequences that generate, those of prompt tokens
 * alone, and what prompt tokens add to a step of sequences. Neither is measured by the token: every
 * step reads all weights, so that short ones take longer for each token.
 */
public final class MeasuredSpeed {
  /** Smaller ones take hardly less time: they read and unpack all weights too. */
  private static final int[] CHUNKS = {
    16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256
  };

  private static final int[] SEQUENCES = {1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256};

  /** Before anything is measured: few enough tokens for the first chunk of any model. */
  private static final double UNKNOWN_TOKEN_NANOS = 10e6;

  /** So many mixed steps may follow one another before one without prompts is due. */
  private static final int MOST_MIXED = 100;

  private final SizedTimes steps = new SizedTimes(SEQUENCES);
  private final SizedTimes chunks = new SizedTimes(CHUNKS);
  private final SizedTimes added = new SizedTimes(CHUNKS);
  private int mixed;

  /**
   * Takes note of a step. Of a mixed one, the prompts took what is more than a step of the
   * sequences alone.
   *
   * @param sequences those that got a token
   * @param promptTokens of all prompts
   * @param took nanoseconds
   */
  public void took(int sequences, int promptTokens, long took) {
    double nanos = took;
    if (promptTokens == 0) {
      steps.took(sequences, nanos);
      mixed = 0;
    } else if (sequences == 0) {
      chunks.took(promptTokens, nanos);
      mixed = 0;
    } else {
      mixed++;
      if (steps.isKnown()) {
        added.took(promptTokens, Math.max(1, nanos - steps.nanos(sequences)));
      }
    }
  }

  /**
   * Whether the next step of sequences should have no prompts, so that what it takes without them
   * is known: it changes with the lengths of the sequences and the load of the machine.
   */
  public boolean wantsStepAlone() {
    return mixed >= MOST_MIXED;
  }

  /** Nanoseconds of a step of some sequences; 0 before the first. */
  public double stepNanos(int sequences) {
    return steps.nanos(sequences);
  }

  /** Nanoseconds that prompt tokens take alone. */
  public double chunkNanos(int tokens) {
    return chunks.isKnown() ? chunks.nanos(tokens) : UNKNOWN_TOKEN_NANOS * tokens;
  }

  /** Nanoseconds that prompt tokens add to a step of sequences: at most what they take alone. */
  public double addedNanos(int tokens) {
    double alone = chunkNanos(tokens);
    return added.isKnown() ? Math.min(alone, added.nanos(tokens)) : alone;
  }

  /** Nanoseconds that {@code tokens} prompt tokens take in the chunks that are computed alone. */
  public double promptNanos(int tokens) {
    int largest = CHUNKS[CHUNKS.length - 1];
    return chunkNanos(largest) * tokens / largest;
  }

  /**
   * The largest size, at most {@code most}, of a chunk that takes up to {@code nanos}.
   *
   * @param besideOthers whether it is added to a step of sequences
   */
  public int chunkFor(double nanos, int most, boolean besideOthers) {
    int fitting = CHUNKS[0];
    for (int size : CHUNKS) {
      if (size <= most && (besideOthers ? addedNanos(size) : chunkNanos(size)) <= nanos) {
        fitting = size;
      }
    }
    return Math.min(fitting, most);
  }
}
