package dev.lanewise.model.tokenizer;

import java.util.Arrays;

/**
 * The characters that byte-level BPE vocabularies write bytes with.
 *
 * <p>Printable Latin-1 characters stand for their own byte; the other 68 bytes take the characters
 * from U+0100 on, in order (GPT-2, Radford et al. 2019).
 */
final class ByteAlphabet {
  private static final int BYTES = 256;
  private static final char[] CHAR_OF_BYTE = new char[BYTES];
  private static final short[] BYTE_OF_CHAR;

  static {
    char next = BYTES;
    for (int b = 0; b < BYTES; b++) {
      CHAR_OF_BYTE[b] = isPrintable(b) ? (char) b : next++;
    }
    BYTE_OF_CHAR = new short[next];
    Arrays.fill(BYTE_OF_CHAR, (short) -1);
    for (int b = 0; b < BYTES; b++) {
      BYTE_OF_CHAR[CHAR_OF_BYTE[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
  }

  /** The character that stands for a byte, given as 0..255. */
  static char charOf(int b) {
    return CHAR_OF_BYTE[b];
  }

  /** The byte, 0..255, that a character stands for; -1 if it stands for none. */
  static int byteOf(int character) {
    return character < BYTE_OF_CHAR.length ? BYTE_OF_CHAR[character] : -1;
  }
}
