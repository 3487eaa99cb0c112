package dev.lanewise.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/**
 * Turns the tokens of one generation into text as they come.
 *
 * <p>Tokens may split a character. Its bytes wait here until the last one has come, or until it is
 * certain that they are not UTF-8, when they become U+FFFD. The space that some tokenizers put in
 * front of a text is left out. Not for use by several threads at once.
 */
public final class Detokenizer {
  private final Tokenizer tokenizer;
  private final TokenBytes tokens;
  private final Set<Integer> visible;
  private byte[] pending = new byte[64];
  private int size;

  /** Whether a space in front of the text is left out. */
  private boolean atStart;

  /** A detokenizer at the start of a generation. */
  public Detokenizer(Tokenizer tokenizer) {
    this(tokenizer, Set.of());
  }

  /**
   * A detokenizer at the start of a generation.
   *
   * @param visible control tokens that are text, as the vocabulary spells them
   */
  public Detokenizer(Tokenizer tokenizer, Set<Integer> visible) {
    this.tokenizer = tokenizer;
    this.tokens = tokenizer.tokenBytes();
    this.visible = visible;
    this.atStart = tokenizer.addsSpace();
  }

  /** Adds a token and returns the text that is now complete, often none. */
  public String append(int id) {
    int length = tokens.length(id);
    if (length == 0) {
      if (!visible.contains(id)) {
        return "";
      }
      String text = finish() + tokenizer.textOf(id);
      atStart = false;
      return text;
    }
    if (size + length > pending.length) {
      pending = Arrays.copyOf(pending, 2 * (size + length));
    }
    tokens.copy(id, pending, size);
    size += length;
    return take(size - unfinished());
  }

  /** Returns what is left of a broken character as U+FFFD; nothing if the text ended well. */
  public String finish() {
    return take(size);
  }

  private String take(int length) {
    if (length == 0) {
      return "";
    }
    int skipped = atStart && pending[0] == ' ' ? 1 : 0;
    atStart = false;
    String text = new String(pending, skipped, length - skipped, StandardCharsets.UTF_8);
    System.arraycopy(pending, length, pending, 0, size - length);
    size -= length;
    return text;
  }

  /** How many bytes at the end are the start of a character that may still become whole: 0 to 3. */
  private int unfinished() {
    for (int back = 1; back <= Math.min(3, size); back++) {
      int b = pending[size - back] & 0xFF;
      if ((b & 0xC0) == 0x80) {
        continue;
      }
      boolean promising =
          back < lengthOf(b) && (back == 1 || mayFollow(b, pending[size - back + 1] & 0xFF));
      return promising ? back : 0;
    }
    return 0;
  }

  /** Bytes of the character that starts with a byte; 1 also for bytes that start none. */
  private static int lengthOf(int first) {
    if (first < 0xC2 || first > 0xF4) {
      return 1;
    }
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  }

  /**
   * True unless the pair would spell a number too large or one that has a shorter form. The bytes
   * of a surrogate pass: Java decodes all three as one error, so they have to stay together.
   */
  private static boolean mayFollow(int first, int second) {
    return switch (first) {
      case 0xE0 -> second >= 0xA0;
      case 0xF0 -> second >= 0x90;
      case 0xF4 -> second < 0x90;
      default -> true;
    };
  }
}
