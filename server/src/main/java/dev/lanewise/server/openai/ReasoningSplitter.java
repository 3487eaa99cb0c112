package dev.lanewise.server.openai;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits what a reasoning model thinks from its answer: an answer that begins with {@code <think>},
 * or whose prompt ended with it, is reasoning up to {@code </think>}. White space around either is
 * dropped.
 */
final class ReasoningSplitter {
  /** Before reasoning. */
  static final String OPEN = "<think>";

  /** Behind it. */
  static final String CLOSE = "</think>";

  private enum Part {
    BEGINNING,
    REASONING,
    CONTENT
  }

  private final StringBuilder held = new StringBuilder();
  private Part part;
  private boolean skipsSpace = true;

  /**
   * A splitter at the start of an answer.
   *
   * @param prompt the text before it, without white space at its end
   */
  ReasoningSplitter(String prompt) {
    part = prompt.endsWith(OPEN) ? Part.REASONING : Part.BEGINNING;
  }

  /** Whether what came last is reasoning. */
  boolean isReasoning() {
    return part == Part.REASONING;
  }

  /** Adds a piece and returns what is now certain. */
  List<Delta> append(String piece) {
    held.append(piece);
    List<Delta> deltas = new ArrayList<>();
    if (part == Part.BEGINNING) {
      String begun = held.toString().stripLeading();
      if (begun.startsWith(OPEN)) {
        held.delete(0, held.indexOf(OPEN) + OPEN.length());
        part = Part.REASONING;
      } else if (!OPEN.startsWith(begun)) {
        part = Part.CONTENT;
        skipsSpace = false;
      }
    }
    if (part == Part.REASONING) {
      reason(deltas);
    }
    if (part == Part.CONTENT) {
      take(held.length(), deltas);
    }
    return deltas;
  }

  private void reason(List<Delta> deltas) {
    int end = held.indexOf(CLOSE);
    if (end >= 0) {
      int trimmed = end;
      while (trimmed > 0 && Character.isWhitespace(held.charAt(trimmed - 1))) {
        trimmed--;
      }
      take(trimmed, deltas);
      held.delete(0, held.indexOf(CLOSE) + CLOSE.length());
      part = Part.CONTENT;
      skipsSpace = true;
      return;
    }
    take(certain(), deltas);
  }

  /**
   * Where the end of the held text begins that may be white space before the mark, or part of it.
   */
  private int certain() {
    int certain = held.length();
    for (int n = Math.min(CLOSE.length() - 1, certain); n > 0; n--) {
      if (CLOSE.startsWith(held.substring(held.length() - n))) {
        certain -= n;
        break;
      }
    }
    while (certain > 0 && Character.isWhitespace(held.charAt(certain - 1))) {
      certain--;
    }
    return certain;
  }

  private void take(int length, List<Delta> deltas) {
    String text = held.substring(0, length);
    held.delete(0, length);
    if (skipsSpace) {
      text = text.stripLeading();
    }
    if (!text.isEmpty()) {
      skipsSpace = false;
      deltas.add(part == Part.REASONING ? new Delta.Reasoning(text) : new Delta.Content(text));
    }
  }

  /** What was held back, when no more text follows. */
  List<Delta> finish() {
    List<Delta> deltas = new ArrayList<>();
    if (part == Part.BEGINNING) {
      part = Part.CONTENT;
      skipsSpace = false;
    }
    take(held.length(), deltas);
    return deltas;
  }
}
