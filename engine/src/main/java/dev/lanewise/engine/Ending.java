package dev.lanewise.engine;

import java.util.List;
import java.util.Set;

/**
 * What ends an answer before its greatest length.
 *
 * @param stop the text ends before the first of these to appear in it
 * @param stopTokens the answer ends with one of these tokens, which adds no text
 * @param minTokens so many tokens come before the model may end its turn, or a stop token come
 * @param ignoreEos whether the model cannot end its turn at all
 */
public record Ending(List<String> stop, Set<Integer> stopTokens, int minTokens, boolean ignoreEos) {
  /** When the model ends its turn. */
  public static final Ending OF_MODEL = at(List.of());

  /** Throws {@link InvalidRequest} for what is wrong whatever the model is. */
  public Ending {
    stop = List.copyOf(stop);
    if (stop.contains("")) {
      throw new InvalidRequest(
          "stop", "contains an empty string, which would end every answer at once");
    }
    stopTokens = Set.copyOf(stopTokens);
    if (minTokens < 0) {
      throw new InvalidRequest("min_tokens", minTokens + " is too small, must be at least 0");
    }
  }

  /** When the model ends its turn, or before the first of some texts. */
  public static Ending at(List<String> stop) {
    return new Ending(stop, Set.of(), 0, false);
  }
}
