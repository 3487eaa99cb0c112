package dev.lanewise.engine.sample;

import dev.lanewise.engine.TokenLogprobs;
import dev.lanewise.math.kernel.FloatKernels;
import java.util.Arrays;

/**
 * Tells how likely tokens are. It keeps a copy of the logits, since they are changed before a token
 * is chosen. For one thread at a time.
 */
public final class LogprobReader {
  private final FloatKernels floats;
  private final int vocabulary;
  private float[] logits = {};
  private float[] probabilities = {};

  /** A reader of logits {@code [vocabulary]}. */
  public LogprobReader(FloatKernels floats, int vocabulary) {
    this.floats = floats;
    this.vocabulary = vocabulary;
  }

  /** Copies the logits {@code [vocabulary]} at {@code from}. */
  public void take(float[] all, int from) {
    if (logits.length == 0) {
      logits = new float[vocabulary];
      probabilities = new float[vocabulary];
    }
    System.arraycopy(all, from, logits, 0, vocabulary);
  }

  /**
   * How likely a token and the likeliest ones are by the logits taken last.
   *
   * @param top how many of the likeliest to tell
   */
  public TokenLogprobs of(int token, int top) {
    double total = logTotal();
    int[] tokens = largest(top);
    float[] logprobs = new float[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      logprobs[i] = (float) (logits[tokens[i]] - total);
    }
    return new TokenLogprobs(token, (float) (logits[token] - total), tokens, logprobs);
  }

  /** The logarithm of the sum of the exponentials. */
  private double logTotal() {
    System.arraycopy(logits, 0, probabilities, 0, vocabulary);
    int likeliest = largest(1)[0];
    floats.softmax(probabilities, 0, vocabulary);
    return logits[likeliest] - Math.log(probabilities[likeliest]);
  }

  /** The tokens with the largest logits, in falling order; of equal ones the lower comes first. */
  private int[] largest(int most) {
    int[] tokens = new int[Math.min(most, vocabulary)];
    if (tokens.length == 0) {
      return tokens;
    }
    int count = 0;
    float floor = -Float.MAX_VALUE;
    for (int i = floats.firstAtLeast(logits, 0, vocabulary, floor);
        i < vocabulary;
        i = floats.firstAtLeast(logits, i + 1, vocabulary, floor)) {
      int place = count;
      while (place > 0 && logits[tokens[place - 1]] < logits[i]) {
        place--;
      }
      if (place < tokens.length) {
        count = Math.min(count + 1, tokens.length);
        System.arraycopy(tokens, place, tokens, place + 1, count - place - 1);
        tokens[place] = i;
      }
      floor = count == tokens.length ? logits[tokens[count - 1]] : floor;
    }
    return Arrays.copyOf(tokens, count);
  }
}
