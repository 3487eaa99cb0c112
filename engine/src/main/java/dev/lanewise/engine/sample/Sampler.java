package dev.lanewise.engine.sample;

import dev.lanewise.math.kernel.FloatKernels;
import java.util.SplittableRandom;

/**
 * Chooses the tokens of a sequence as a {@link Sampling} says. A choice allocates nothing. For one
 * thread at a time.
 */
public final class Sampler {
  private final int vocabulary;
  private final Candidates candidates;
  private Sampling sampling = Sampling.greedy();
  private SplittableRandom random = new SplittableRandom();

  /**
   * A sampler that is greedy until {@link #begin}.
   *
   * @param vocabulary tokens to choose from; logits may have more, for rows that pad a matrix and
   *     mean nothing
   */
  public Sampler(FloatKernels floats, int vocabulary) {
    this.vocabulary = vocabulary;
    this.candidates = new Candidates(floats, vocabulary);
  }

  private Sampler(Candidates candidates, int vocabulary) {
    this.vocabulary = vocabulary;
    this.candidates = candidates;
  }

  /**
   * A sampler of another sequence. The two share scratch memory, so one thread at a time may use
   * either.
   */
  public Sampler beside(Sampling how) {
    Sampler other = new Sampler(candidates, vocabulary);
    other.begin(how);
    return other;
  }

  /** Begins a sequence. */
  public void begin(Sampling how) {
    sampling = how;
    random =
        how.seed().isPresent()
            ? new SplittableRandom(how.seed().getAsLong())
            : new SplittableRandom();
  }

  /** As {@link #sample(float[], int)}, of logits that start at 0. */
  public int sample(float[] logits) {
    return sample(logits, 0);
  }

  /**
   * Chooses the next token.
   *
   * @param logits {@code [vocabulary]} at {@code from}, perhaps followed by padding; not changed
   * @throws ArithmeticException if a logit is not a finite number
   */
  public int sample(float[] logits, int from) {
    float max = max(logits, from);
    float temperature = sampling.temperature();
    if (temperature == 0) {
      return firstOf(max, logits, from);
    }
    if (sampling.minP() > 0) {
      // exp((logit - max) / temperature) >= minP, solved for the logit: no exponential of a dropped
      // token is computed.
      candidates.takeAbove(max + temperature * (float) Math.log(sampling.minP()), logits, from);
    } else {
      candidates.takeAll(logits, from);
    }
    if (sampling.topK() > 0) {
      candidates.keepLargest(sampling.topK());
    }
    candidates.normalise(max, temperature);
    if (sampling.topP() < 1) {
      candidates.keepNucleus(sampling.topP());
    }
    return candidates.draw(random);
  }

  /** The largest logit. Two chains of comparisons, since one would wait for the result of each. */
  private float max(float[] logits, int from) {
    float even = Float.NEGATIVE_INFINITY;
    float odd = Float.NEGATIVE_INFINITY;
    float poison = 0; // becomes NaN with the first NaN or infinity, and stays it
    int end = from + vocabulary;
    int i = from;
    for (; i + 2 <= end; i += 2) {
      even = logits[i] > even ? logits[i] : even;
      odd = logits[i + 1] > odd ? logits[i + 1] : odd;
      poison += 0 * logits[i] + 0 * logits[i + 1];
    }
    if (i < end) {
      even = logits[i] > even ? logits[i] : even;
      poison += 0 * logits[i];
    }
    if (Float.isNaN(poison)) {
      throw new ArithmeticException(
          "the model computed logits that are not finite numbers; its file may be damaged: compare its checksum");
    }
    return even > odd ? even : odd;
  }

  private static int firstOf(float value, float[] logits, int from) {
    int token = 0;
    while (logits[from + token] != value) {
      token++;
    }
    return token;
  }
}
