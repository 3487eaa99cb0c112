package dev.lanewise.engine.sample;

import dev.lanewise.engine.InvalidRequest;
import java.util.Map;

/**
 * What is done to the logits before a token is chosen.
 *
 * <p>In this order: the logit of each token of the prompt and the answer so far is divided by
 * {@code repetition} where it is positive, and multiplied by it where it is negative (Keskar et
 * al., "CTRL", 2019, section 4.1, as implementations have it); of each token of the answer, {@code
 * presence} and its number of occurrences times {@code frequency} are taken off, as the OpenAI API
 * defines; {@code bias} is added.
 *
 * @param repetition above 0; 1 for off
 * @param presence 0 for off
 * @param frequency 0 for off
 * @param bias what is added to the logit of a token, by its id
 */
public record LogitChanges(
    float repetition, float presence, float frequency, Map<Integer, Float> bias) {
  /** The logits as they are. */
  public static final LogitChanges NONE = new LogitChanges(1, 0, 0, Map.of());

  /** Throws {@link InvalidRequest} for a value out of range. */
  public LogitChanges {
    if (!(repetition > 0 && repetition <= Float.MAX_VALUE)) {
      throw new InvalidRequest(
          "repetition_penalty", repetition + " is out of range, must be above 0");
    }
    bias = Map.copyOf(bias);
  }

  /** Whether tokens that were there before are treated otherwise than new ones. */
  boolean dependOnTokens() {
    return repetition != 1 || presence != 0 || frequency != 0;
  }
}
