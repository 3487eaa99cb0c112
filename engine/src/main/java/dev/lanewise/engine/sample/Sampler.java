package dev.lanewise.engine.sample;

import dev.lanewise.math.kernel.FloatKernels;
import java.util.SplittableRandom;

/**
 * Chooses the tokens of a sequence as a {@link Sampling} says. A choice allocates nothing. For one
 * thread at a time.
 */
public final class Sampler {
  /** The logit of a token that must not be chosen; finite, since others are damage. */
  public static final float FORBIDDEN = -Float.MAX_VALUE;

  /** Stands for no token. */
  public static final int NOTHING = -1;

  private final FloatKernels floats;
  private final int vocabulary;
  private final Candidates candidates;
  private TokenCounts counts = new TokenCounts();
  private Sampling sampling = Sampling.greedy();
  private SplittableRandom random = new SplittableRandom();

  /** Tokens whose logits get the {@link #biases}. */
  private int[] biased = {};

  private float[] biases = {};

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
    counts = new TokenCounts();
    biased = how.changes().bias().keySet().stream().mapToInt(token -> token).toArray();
    biases = new float[biased.length];
    for (int i = 0; i < biased.length; i++) {
      biases[i] = how.changes().bias().get(biased[i]);
    }
    random =
        how.seed().isPresent()
            ? new SplittableRandom(how.seed().getAsLong())
            : new SplittableRandom();
  }

  /** As {@link #sample(float[], int)}, of logits that start at 0. */
  public int sample(float[] logits) {
    return sample(logits, 0);
  }

  /** Takes note of the tokens of a prompt, which the choice may depend on. */
  public void prompt(int[] tokens) {
    if (sampling.changes().dependOnTokens()) {
      for (int token : tokens) {
        counts.addPrompt(token);
      }
    }
  }

  /** Takes note of a token of the answer. */
  public void answer(int token) {
    if (sampling.changes().dependOnTokens()) {
      counts.addAnswer(token);
    }
  }

  /** Makes the {@link LogitChanges} of the sequence. */
  public void change(float[] logits, int from) {
    LogitChanges changes = sampling.changes();
    if (changes.dependOnTokens()) {
      counts.apply(changes, logits, from);
    }
    for (int i = 0; i < biased.length; i++) {
      logits[from + biased[i]] += biases[i];
    }
  }

  /**
   * Chooses the next token.
   *
   * @param logits {@code [vocabulary]} at {@code from}, perhaps followed by padding; not changed
   * @return the token, or {@link #NOTHING} if all are {@link #FORBIDDEN}
   * @throws ArithmeticException if a logit is not a finite number
   */
  public int sample(float[] logits, int from) {
    float max = floats.maxOfFinite(logits, from, vocabulary);
    if (Float.isNaN(max)) {
      throw new ArithmeticException(
          "the model computed logits that are not finite numbers; its file may be damaged: compare its checksum");
    }
    if (max <= FORBIDDEN) {
      return NOTHING;
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
    if (sampling.typicalP() < 1) {
      candidates.keepTypical(sampling.typicalP());
    }
    if (sampling.topP() < 1) {
      candidates.keepNucleus(sampling.topP());
    }
    return candidates.draw(random);
  }
}
