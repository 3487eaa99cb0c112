package dev.lanewise.engine.sample;

import dev.lanewise.math.kernel.FloatKernels;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Draws tokens for one sequence. */
public final class Sampler {
  /**
   * Shares of the greatest probability above which candidates are looked for, in turn, until they
   * suffice.
   */
  private static final float[] CUTOFFS = {1e-2f, 1e-4f, 1e-7f, 0};

  private final FloatKernels floats;
  private final Sampling sampling;
  private final SplittableRandom random;
  private final float[] probabilities;
  private final long[] candidates;
  private int count;

  /** A sampler for logits of {@code vocabulary} tokens. */
  public Sampler(FloatKernels floats, Sampling sampling, int vocabulary) {
    this.floats = floats;
    this.sampling = sampling;
    random =
        sampling.seed().isPresent()
            ? new SplittableRandom(sampling.seed().getAsLong())
            : new SplittableRandom();
    boolean draws = sampling.temperature() > 0;
    probabilities = new float[draws ? vocabulary : 0];
    candidates = new long[draws ? vocabulary : 0];
  }

  /**
   * The next token.
   *
   * @throws ArithmeticException if the logits are not numbers
   */
  public int sample(float[] logits) {
    int best = argmax(logits);
    if (sampling.temperature() <= 0) {
      return best;
    }
    for (int i = 0; i < logits.length; i++) {
      // From the maximum down, so that a tiny temperature cannot overflow.
      probabilities[i] = (logits[i] - logits[best]) / sampling.temperature();
    }
    floats.softmax(probabilities, 0, probabilities.length);
    if (sampling.topK() <= 0 && sampling.topP() >= 1 && sampling.minP() <= 0) {
      return draw(best);
    }
    gather(probabilities[best]);
    return drawCandidate(keep(probabilities[best]));
  }

  private static int argmax(float[] logits) {
    int best = 0;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
      if (Float.isNaN(logits[i])) {
        throw new ArithmeticException("the model computed a logit that is not a number");
      }
    }
    return best;
  }

  /** Draws from all tokens; {@code best} where rounding leaves a rest. */
  private int draw(int best) {
    double rest = random.nextDouble();
    for (int i = 0; i < probabilities.length; i++) {
      rest -= probabilities[i];
      if (rest < 0) {
        return i;
      }
    }
    return best;
  }

  /**
   * Collects, sorted from the least likely up, candidates that hold all that top-k and top-p may
   * keep.
   */
  private void gather(float greatest) {
    for (float cutoff : CUTOFFS) {
      count = 0;
      double mass = 0;
      for (int i = 0; i < probabilities.length; i++) {
        float p = probabilities[i];
        if (p >= cutoff * greatest) {
          // Bits of floats that are not negative sort as the floats do; equal ones by the lower id
          // first.
          candidates[count++] = (long) Float.floatToRawIntBits(p) << 32 | (Integer.MAX_VALUE - i);
          mass += p;
        }
      }
      boolean enough = sampling.topK() > 0 && count >= sampling.topK();
      if (enough || mass >= sampling.topP() || cutoff <= sampling.minP()) {
        break;
      }
    }
    Arrays.sort(candidates, 0, count);
  }

  /**
   * The number of candidates, from the likeliest down, that top-k, top-p and min-p all keep; at
   * least 1.
   */
  private int keep(float greatest) {
    int limit = sampling.topK() > 0 ? Math.min(sampling.topK(), count) : count;
    double total = 0;
    for (int rank = 0; rank < limit; rank++) {
      total += probability(rank);
    }
    double mass = 0;
    int kept = 0;
    while (kept < limit && (kept == 0 || probability(kept) >= sampling.minP() * greatest)) {
      mass += probability(kept);
      kept++;
      if (mass >= sampling.topP() * total) {
        break;
      }
    }
    return kept;
  }

  private int drawCandidate(int kept) {
    double total = 0;
    for (int rank = 0; rank < kept; rank++) {
      total += probability(rank);
    }
    double rest = random.nextDouble() * total;
    int rank = 0;
    while (rank < kept - 1) {
      rest -= probability(rank);
      if (rest < 0) {
        break;
      }
      rank++;
    }
    return token(rank);
  }

  private float probability(int rank) {
    return Float.intBitsToFloat((int) (candidates[count - 1 - rank] >>> 32));
  }

  private int token(int rank) {
    return Integer.MAX_VALUE - (int) candidates[count - 1 - rank];
  }
}
