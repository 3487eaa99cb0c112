package dev.lanewise.model.chat.jinja;

import java.util.Arrays;

/** Builds a {@link Text}, never one of more than {@link Limits#TEXT} characters. */
final class TextBuilder {
  private final StringBuilder chars = new StringBuilder();
  private boolean firstIsTemplate = true;
  private boolean lastIsTemplate = true;
  private int[] changes = new int[4];
  private int changeCount;

  int length() {
    return chars.length();
  }

  /** Fails now if {@code more} characters would be too many, before any work is done for them. */
  void reserve(long more) {
    if (chars.length() + more > Limits.TEXT) {
      throw new Fault("text of more than " + Limits.TEXT + " characters");
    }
  }

  TextBuilder append(String text, boolean template) {
    mark(text.length(), template);
    chars.append(text);
    return this;
  }

  TextBuilder append(Text text) {
    return append(text, 0, text.length());
  }

  TextBuilder append(Text text, int begin, int end) {
    int position = begin;
    while (position < end) {
      int runEnd = Math.min(end, text.runEnd(position));
      mark(runEnd - position, text.isTemplateAt(position));
      chars.append(text.chars(), position, runEnd);
      position = runEnd;
    }
    return this;
  }

  private void mark(int count, boolean template) {
    if (count == 0) {
      return;
    }
    reserve(count);
    if (chars.isEmpty()) {
      firstIsTemplate = template;
    } else if (template != lastIsTemplate) {
      if (changeCount == changes.length) {
        changes = Arrays.copyOf(changes, 2 * changeCount);
      }
      changes[changeCount++] = chars.length();
    }
    lastIsTemplate = template;
  }

  Text text() {
    return new Text(chars.toString(), firstIsTemplate, Arrays.copyOf(changes, changeCount), false);
  }
}
