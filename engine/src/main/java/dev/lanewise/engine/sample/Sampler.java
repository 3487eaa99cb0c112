package dev.lanewise.engine.sample;

import dev.lanewise.math.kernel.FloatKernels;
import java.util.SplittableRandom;

/**
 * Chooses the tokens of a sequence as a {@link Sampling} says. A choice allocates nothing. For one
 * thread at a time.
 */
public final class Sampler {
  private final FloatKernels floats;
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
    this(floats, new Candidates(floats, vocabulary), vocabulary);
  }

  private Sampler(FloatKernels floats, Candidates candidates, int vocabulary) {
    this.floats = floats;
    this.vocabulary = vocabulary;
    this.candidates = candidates;
  }

  /**
   * A sampler of another sequence. The two share scratch memory, so one thread at a time may use
   * either.
   */
  public Sampler beside(Sampling how) {
    Sampler other = new Sampler(floats, candidates, vocabulary);
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
    float max = floats.maxOfFinite(logits, from, vocabulary);
    if (Float.isNaN(max)) {
      throw new ArithmeticException(
          "the model computed logits that are not finite numbers; its file may be damaged: compare its checksum");
    }
    float temperature = sampling.temperature();
    if (temperature == 0) {
      return floats.firstAtLeast(logits, from, from + vocabulary, max) - from;
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
}
