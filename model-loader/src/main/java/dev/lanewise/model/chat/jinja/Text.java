package dev.lanewise.model.chat.jinja;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Python's {@code str}, where every character remembers whether the template or the conversation
 * wrote it. Positions are those of Java strings. Equality and order look at the characters only.
 */
final class Text implements Value, Comparable<Text> {
  private static final int[] UNIFORM = {};
  static final Text EMPTY = template("");

  private final String chars;
  private final boolean firstIsTemplate;

  /** Ascending positions, none of them 0, at which the writer changes. */
  private final int[] changes;

  private final boolean markup;

  Text(String chars, boolean firstIsTemplate, int[] changes, boolean markup) {
    this.chars = chars;
    this.firstIsTemplate = firstIsTemplate;
    this.changes = changes;
    this.markup = markup;
  }

  static Text of(String chars, boolean template) {
    if (chars.length() > Limits.TEXT) {
      throw new Fault("text of more than " + Limits.TEXT + " characters");
    }
    return new Text(chars, template, UNIFORM, false);
  }

  static Text template(String chars) {
    return of(chars, true);
  }

  String chars() {
    return chars;
  }

  int length() {
    return chars.length();
  }

  boolean isEmpty() {
    return chars.isEmpty();
  }

  /** Length as Python counts it. */
  int codePoints() {
    return chars.codePointCount(0, chars.length());
  }

  /**
   * True if {@code escape} or {@code safe} made this text: adding plain text to it escapes the
   * plain text.
   */
  boolean isMarkup() {
    return markup;
  }

  Text asMarkup(boolean value) {
    return value == markup ? this : new Text(chars, firstIsTemplate, changes, value);
  }

  boolean isTemplateAt(int position) {
    return firstIsTemplate == (changesUpTo(position) % 2 == 0);
  }

  /** The end of the run of one writer that {@code position} lies in. */
  int runEnd(int position) {
    int index = changesUpTo(position);
    return index < changes.length ? changes[index] : chars.length();
  }

  private int changesUpTo(int position) {
    int found = Arrays.binarySearch(changes, position);
    return found >= 0 ? found + 1 : -found - 1;
  }

  Text slice(int begin, int end) {
    if (begin == 0 && end == chars.length()) {
      return this;
    }
    boolean first = isTemplateAt(begin);
    String part = chars.substring(begin, end);
    int from = changesUpTo(begin);
    int to = from;
    while (to < changes.length && changes[to] < end) {
      to++;
    }
    if (from == to) {
      return new Text(part, first, UNIFORM, markup);
    }
    int[] inside = Arrays.copyOfRange(changes, from, to);
    for (int i = 0; i < inside.length; i++) {
      inside[i] -= begin;
    }
    return new Text(part, first, inside, markup);
  }

  Text from(int begin) {
    return slice(begin, chars.length());
  }

  Text plus(Text other) {
    return new TextBuilder().append(this).append(other).text();
  }

  Text times(int count) {
    if (count <= 0 || chars.isEmpty()) {
      return slice(0, 0);
    }
    TextBuilder result = new TextBuilder();
    result.reserve((long) chars.length() * count);
    if (changes.length == 0) {
      return of(chars.repeat(count), firstIsTemplate).asMarkup(markup);
    }
    for (int i = 0; i < count; i++) {
      result.append(this);
    }
    return result.text().asMarkup(markup);
  }

  /** Applies a function to the stretches of one writer each. */
  Text mapRuns(UnaryOperator<String> function) {
    if (changes.length == 0) {
      return of(function.apply(chars), firstIsTemplate).asMarkup(markup);
    }
    TextBuilder result = new TextBuilder();
    for (int begin = 0; begin < chars.length(); begin = runEnd(begin)) {
      result.append(function.apply(chars.substring(begin, runEnd(begin))), isTemplateAt(begin));
    }
    return result.text().asMarkup(markup);
  }

  @Override
  public String typeName() {
    return markup ? "Markup" : "str";
  }

  @Override
  public boolean truth() {
    return !chars.isEmpty();
  }

  @Override
  public boolean template() {
    return firstIsTemplate && changes.length == 0;
  }

  @Override
  public long weight() {
    return size();
  }

  @Override
  public int size() {
    return 1 + chars.length() / 8;
  }

  /** Orders by code points, as Python does. */
  @Override
  public int compareTo(Text other) {
    int common = Math.min(chars.length(), other.chars.length());
    int difference = 0;
    while (difference < common && chars.charAt(difference) == other.chars.charAt(difference)) {
      difference++;
    }
    if (difference == common) {
      return Integer.compare(chars.length(), other.chars.length());
    }
    char left = chars.charAt(difference);
    char right = other.chars.charAt(difference);
    if (Character.isSurrogate(left) != Character.isSurrogate(right)) {
      return Character.isSurrogate(left) ? 1 : -1;
    }
    return Character.compare(left, right);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Text that && chars.equals(that.chars);
  }

  @Override
  public int hashCode() {
    return chars.hashCode();
  }

  @Override
  public String toString() {
    return chars;
  }
}
