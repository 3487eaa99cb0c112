package dev.lanewise.bench.quality;

import java.util.Arrays;

/**
 * A text as windows of tokens side by side, each computed from an empty context and without a
 * beginning-of-sequence token. The first half of a window is context only, the tokens of the second
 * are scored, as {@code llama-perplexity} does. What does not fill a window at the end of the text
 * is left out.
 */
public final class TextWindows {
  private final int[] tokens;
  private final int length;

  /**
   * Cuts a text.
   *
   * @param tokens the text, without special tokens
   * @param length tokens of a window
   * @param context the most tokens that the model computes
   * @throws IllegalArgumentException if a window has less than 4 tokens or more than {@code
   *     context}, or the text does not fill one
   */
  public TextWindows(int[] tokens, int length, int context) {
    if (length < 4 || length > context) {
      throw new IllegalArgumentException(
          "a window of %d tokens; it may have 4 up to the context, which is %d"
              .formatted(length, context));
    }
    if (tokens.length < length) {
      throw new IllegalArgumentException(
          "the text has %d tokens and fills no window of %d".formatted(tokens.length, length));
    }
    this.tokens = tokens;
    this.length = length;
  }

  /** Only the first {@code most} windows, if there are more. */
  public TextWindows first(int most) {
    return most >= count()
        ? this
        : new TextWindows(Arrays.copyOf(tokens, most * length), length, length);
  }

  /** How many windows there are. */
  public int count() {
    return tokens.length / length;
  }

  /** Tokens of a window. */
  public int length() {
    return length;
  }

  /** Tokens of a window that are context only. */
  public int contextLength() {
    return length / 2;
  }

  /**
   * Tokens of a window that are scored: those after the first token behind the context, since that
   * is read before anything is predicted.
   */
  public int scored() {
    return length - 1 - contextLength();
  }

  /** All tokens of all windows. */
  int[] tokens() {
    return tokens;
  }

  /** The index of a window's first token. */
  int start(int window) {
    return window * length;
  }
}
