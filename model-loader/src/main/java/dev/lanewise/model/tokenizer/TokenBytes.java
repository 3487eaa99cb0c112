package dev.lanewise.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The bytes that each token adds to generated text, back to back in one array. */
final class TokenBytes {
  private final byte[] bytes;

  /** Where the bytes of each token start, and of the last one end. */
  private final int[] offsets;

  TokenBytes(Vocabulary vocabulary, Segmentation segmentation) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(8 * vocabulary.size());
    offsets = new int[vocabulary.size() + 1];
    for (int id = 0; id < vocabulary.size(); id++) {
      String text = vocabulary.text(id);
      switch (vocabulary.type(id)) {
        case NORMAL -> segmentation.spell(text, all);
        case USER_DEFINED -> all.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        case BYTE -> spellByte(text, all);
        case UNDEFINED, UNKNOWN, CONTROL, UNUSED -> {}
      }
      offsets[id + 1] = all.size();
    }
    bytes = all.toByteArray();
  }

  /** Writes the byte that a text like {@code <0x0A>} names; nothing for a text of another form. */
  private static void spellByte(String text, ByteArrayOutputStream out) {
    if (text.matches("<0x[0-9A-Fa-f]{2}>")) {
      out.write(Integer.parseInt(text, 3, 5, 16));
    }
  }

  int length(int id) {
    return offsets[id + 1] - offsets[id];
  }

  byte[] of(int id) {
    return Arrays.copyOfRange(bytes, offsets[id], offsets[id + 1]);
  }

  /** Copies the bytes of a token to a place in another array. */
  void copy(int id, byte[] to, int at) {
    System.arraycopy(bytes, offsets[id], to, at, length(id));
  }
}
