package dev.lanewise.engine.text;

import java.util.List;

/**
 * Cuts a stream of text before the first stop string.
 *
 * <p>Text that may be the beginning of a stop string is held back until more text decides. Of
 * several stop strings the one that is complete first counts, so the result does not depend on how
 * the text was cut into pieces.
 */
public final class StopText {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /** A stream that has not begun, to be cut before any of {@code stops}, none of them empty. */
  public StopText(List<String> stops) {
    this.stops = stops;
  }

  /**
   * Adds a piece and returns the text that is now certain to come before any stop string, perhaps
   * none.
   */
  public String append(String piece) {
    if (stopped) {
      return "";
    }
    held.append(piece);
    int end = Integer.MAX_VALUE;
    int start = Integer.MAX_VALUE;
    for (String stop : stops) {
      int found = held.indexOf(stop);
      if (found >= 0
          && (found + stop.length() < end || (found + stop.length() == end && found < start))) {
        start = found;
        end = found + stop.length();
      }
    }
    stopped = start != Integer.MAX_VALUE;
    return take(stopped ? start : held.length() - undecided());
  }

  /** Returns what was held back, when no more text can follow. */
  public String finish() {
    return stopped ? "" : take(held.length());
  }

  /** True once a stop string was found. */
  public boolean stopped() {
    return stopped;
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /** Length of the longest end of the held text with which a stop string begins. */
  private int undecided() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (stop.startsWith(held.substring(held.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
