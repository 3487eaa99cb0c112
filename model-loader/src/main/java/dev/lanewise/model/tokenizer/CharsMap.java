package dev.lanewise.model.tokenizer;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.Metadata;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.text.BreakIterator;
import java.util.BitSet;
import java.util.Locale;
import java.util.Optional;

/**
 * Replacements of characters as SentencePiece compiles them into a model: a trie of their UTF-8
 * bytes in a double array (Aoe 1989; the layout is that of Darts-clone), behind its length, and
 * then the replacements, each ended by a zero.
 *
 * <p>A unit of the array has in its low byte the byte that leads to it, bit 8 if a text ends there,
 * and the distance to its children from bit 10 on, in units of 256 if bit 9 is set. The child of
 * byte 0 is the end of a text; its low 31 bits say where the replacement starts.
 */
final class CharsMap {
  private static final String KEY = "tokenizer.ggml.precompiled_charsmap";
  private static final int MAX_BYTES = 1 << 24;
  private static final long NONE = -1;

  /** Longer clusters are looked up character by character. */
  private static final int MAX_CLUSTER_BYTES = 5;

  private final int[] units;
  private final byte[] replacements;

  private CharsMap(int[] units, byte[] replacements) {
    this.units = units;
    this.replacements = replacements;
  }

  /**
   * The map of a file; empty if it has none.
   *
   * @throws ModelFormatException if an offset in it leads out of it
   */
  static Optional<CharsMap> read(Metadata metadata) {
    int[] bytes = metadata.has(KEY) ? metadata.integers(KEY) : new int[0];
    if (bytes.length == 0) {
      return Optional.empty();
    }
    if (bytes.length > MAX_BYTES) {
      throw error(metadata, bytes.length + " bytes; at most " + MAX_BYTES + " are read");
    }
    long trieBytes = bytes.length < Integer.BYTES ? 0 : word(bytes, 0) & 0xFFFFFFFFL;
    if (trieBytes < 1024 || trieBytes % 4 != 0 || trieBytes > bytes.length - Integer.BYTES) {
      throw error(
          metadata, "a trie of " + trieBytes + " bytes in " + bytes.length + " bytes in all");
    }
    int[] units = new int[(int) trieBytes / Integer.BYTES];
    for (int i = 0; i < units.length; i++) {
      units[i] = word(bytes, (i + 1) * Integer.BYTES);
    }
    int start = Integer.BYTES + (int) trieBytes;
    byte[] replacements = new byte[bytes.length - start];
    for (int i = 0; i < replacements.length; i++) {
      replacements[i] = (byte) bytes[start + i];
    }
    CharsMap map = new CharsMap(units, replacements);
    map.check(metadata);
    return Optional.of(map);
  }

  /** Little endian. */
  private static int word(int[] bytes, int at) {
    return (bytes[at] & 0xFF)
        | (bytes[at + 1] & 0xFF) << 8
        | (bytes[at + 2] & 0xFF) << 16
        | (bytes[at + 3] & 0xFF) << 24;
  }

  private static ModelFormatException error(Metadata metadata, String problem) {
    return new ModelFormatException(metadata.file(), KEY, problem);
  }

  /** Visits each unit that a text can lead to, once. */
  private void check(Metadata metadata) {
    int end = replacements.length;
    while (end > 0 && replacements[end - 1] != 0) {
      end--;
    }
    BitSet seen = new BitSet(units.length);
    IdList waiting = new IdList();
    waiting.add(0);
    seen.set(0);
    for (int i = 0; i < waiting.size(); i++) {
      int unit = waiting.get(i);
      int children = childrenOf(unit);
      if (children < 0 || (children | 0xFF) >= units.length) {
        throw error(metadata, "unit " + unit + " of the trie leads out of it");
      }
      if (endsText(unit) && valueOf(children) >= end) {
        throw error(metadata, "unit " + unit + " of the trie names no replacement");
      }
      for (int b = 1; b < 256; b++) {
        int child = children ^ b;
        if (leadsTo(child, b) && !seen.get(child)) {
          seen.set(child);
          waiting.add(child);
        }
      }
    }
  }

  private int childrenOf(int unit) {
    int word = units[unit];
    int distance = (word & 1 << 9) == 0 ? word >>> 10 : word >>> 10 << 8;
    return unit ^ distance;
  }

  private boolean endsText(int unit) {
    return (units[unit] & 1 << 8) != 0;
  }

  private int valueOf(int children) {
    return units[children] & Integer.MAX_VALUE;
  }

  private boolean leadsTo(int child, int b) {
    // Bit 31 marks ends of texts, which no byte leads to.
    return (units[child] & 0x800000FF) == b;
  }

  /**
   * The text with, from left to right, the longest text of the map replaced, as SentencePiece does.
   */
  String replaceLongest(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(utf8.length + 16);
    for (int i = 0; i < utf8.length; ) {
      long match = find(utf8, i, utf8.length, true);
      if (match == NONE) {
        int next = i + 1;
        while (next < utf8.length && (utf8[next] & 0xC0) == 0x80) {
          next++;
        }
        out.write(utf8, i, next - i);
        i = next;
      } else {
        writeReplacement(match, out);
        i = end(match);
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /**
   * The text as the library makes it that {@code tokenizer.json} is of: a grapheme cluster of at
   * most 5 bytes that starts with a text of the map is replaced by the replacement of the shortest;
   * in others, each character.
   */
  String replaceClusters(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(utf8.length + 16);
    BreakIterator clusters = BreakIterator.getCharacterInstance(Locale.ROOT);
    clusters.setText(text);
    int at = 0;
    int start = 0;
    for (int end = clusters.next(); end != BreakIterator.DONE; end = clusters.next()) {
      int bytes = 0;
      for (int i = start; i < end; i += Character.charCount(text.codePointAt(i))) {
        bytes += utf8Length(text.codePointAt(i));
      }
      replaceCluster(utf8, at, at + bytes, out);
      at += bytes;
      start = end;
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private void replaceCluster(byte[] utf8, int from, int to, ByteArrayOutputStream out) {
    long whole = to - from > MAX_CLUSTER_BYTES ? NONE : find(utf8, from, to, false);
    if (whole != NONE) {
      writeReplacement(whole, out);
      return;
    }
    for (int i = from; i < to; ) {
      int next = i + 1;
      while (next < to && (utf8[next] & 0xC0) == 0x80) {
        next++;
      }
      long match = find(utf8, i, next, false);
      if (match == NONE) {
        out.write(utf8, i, next - i);
      } else {
        writeReplacement(match, out);
      }
      i = next;
    }
  }

  private static int utf8Length(int codePoint) {
    return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  /**
   * A text of the map that {@code utf8[from, to)} starts with: where it ends, in the high half, and
   * where its replacement starts; {@link #NONE} if there is none.
   */
  private long find(byte[] utf8, int from, int to, boolean longest) {
    long match = NONE;
    int children = childrenOf(0);
    for (int i = from; i < to && utf8[i] != 0; i++) {
      int b = utf8[i] & 0xFF;
      int unit = children ^ b;
      if (!leadsTo(unit, b)) {
        break;
      }
      children = childrenOf(unit);
      if (endsText(unit)) {
        match = (long) (i + 1) << 32 | valueOf(children);
        if (!longest) {
          break;
        }
      }
    }
    return match;
  }

  private static int end(long match) {
    return (int) (match >> 32);
  }

  private void writeReplacement(long match, ByteArrayOutputStream out) {
    for (int i = (int) match; replacements[i] != 0; i++) {
      out.write(replacements[i]);
    }
  }
}
