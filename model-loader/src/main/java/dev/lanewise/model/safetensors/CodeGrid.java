package dev.lanewise.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The codes of a matrix, several in a word of 32 bits or each a byte.
 *
 * @param bits of a code
 * @param rows outputs of the matrix
 * @param cols inputs
 */
record CodeGrid(StoredPart tensor, Order order, int bits, long rows, long cols) {
  /** The output, of eight, whose code is at each place in a word of AutoAWQ. */
  private static final int[] PLACES_OF_AWQ = {0, 4, 1, 5, 2, 6, 3, 7};

  /** Where codes stand; of a word, the lowest bits come first. */
  enum Order {
    /** A word has inputs of one output; words of the outputs stand beside each other. */
    BELOW,
    /** A word has inputs of one output, and words of an output stand beside each other. */
    BESIDE,
    /** A word has eight outputs of one input: first the even ones, then the odd ones. */
    ACROSS,
    /** Unsigned bytes, those of an output beside each other. */
    BYTES,
    /** Signed bytes; 128 is added. */
    SIGNED_BYTES
  }

  /** Codes in a word. */
  static int perWord(int bits) {
    return Integer.SIZE / bits;
  }

  /** How far to shift a word of {@link Order#ACROSS} for an output. */
  static int shiftAcross(long row) {
    return 4 * PLACES_OF_AWQ[(int) (row % 8)];
  }

  /**
   * Codes of some rows, not negative.
   *
   * @param codes {@code [count, cols]}
   */
  void read(List<MemorySegment> files, long first, int count, byte[] codes) {
    int width = (int) cols;
    switch (order) {
      case BELOW -> words(files, first, count, codes, 1, rows);
      case BESIDE -> words(files, first, count, codes, Math.ceilDiv(width, perWord(bits)), 1);
      case ACROSS -> across(files, first, count, codes);
      case BYTES, SIGNED_BYTES -> {
        long at = tensor.stored().offset() + first * cols;
        MemorySegment.copy(
            files.get(tensor.part()), ValueLayout.JAVA_BYTE, at, codes, 0, count * width);
        int flip = order == Order.BYTES ? 0 : 0x80;
        for (int i = 0; i < count * width; i++) {
          codes[i] ^= (byte) flip;
        }
      }
    }
  }

  private void words(
      List<MemorySegment> files,
      long first,
      int count,
      byte[] codes,
      long rowStride,
      long wordStride) {
    int width = (int) cols;
    int perWord = perWord(bits);
    int mask = (1 << bits) - 1;
    for (int col = 0; col < width; col += perWord) {
      int some = Math.min(perWord, width - col);
      for (int row = 0; row < count; row++) {
        int word = tensor.intAt(files, (first + row) * rowStride + col / perWord * wordStride);
        for (int k = 0; k < some; k++) {
          codes[row * width + col + k] = (byte) (word >>> bits * k & mask);
        }
      }
    }
  }

  private void across(List<MemorySegment> files, long first, int count, byte[] codes) {
    int width = (int) cols;
    int end;
    for (int start = 0; start < count; start = end) {
      long word = (first + start) / 8;
      end = (int) Math.min(count, 8 * (word + 1) - first);
      for (int col = 0; col < width; col++) {
        int eight = tensor.intAt(files, col * (rows / 8) + word);
        for (int row = start; row < end; row++) {
          codes[row * width + col] = (byte) (eight >>> shiftAcross(first + row) & 15);
        }
      }
    }
  }
}
