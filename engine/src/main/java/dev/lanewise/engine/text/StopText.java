package dev.lanewise.engine.text;

import java.util.List;

/**
 * Cuts a stream of text before the first of some stop strings. Text that may be the beginning of
 * one is held back until that is decided, so no part of a stop string is ever given out.
 */
public final class StopText {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /** Stops at any of {@code stops}; empty strings are ignored. */
  public StopText(List<String> stops) {
    this.stops = stops.stream().filter(stop -> !stop.isEmpty()).toList();
  }

  /** Takes the next piece and returns what is certain to come before any stop string. */
  public String append(String piece) {
    if (stops.isEmpty()) {
      return piece;
    }
    if (stopped) {
      return "";
    }
    held.append(piece);
    int first = firstStop();
    if (first >= 0) {
      stopped = true;
      return take(first);
    }
    return take(held.length() - longestBeginning());
  }

  /** Whether a stop string came. */
  public boolean stopped() {
    return stopped;
  }

  /** What was held back, at the end of the stream. */
  public String finish() {
    return stopped ? "" : take(held.length());
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  private int firstStop() {
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }

  /** The length of the longest end of the held text that is the beginning of a stop string. */
  private int longestBeginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (held.substring(held.length() - length).equals(stop.substring(0, length))) {
          longest = length;
        }
      }
    }
    return longest;
  }
}
