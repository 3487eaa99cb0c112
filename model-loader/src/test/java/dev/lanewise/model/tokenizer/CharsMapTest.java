package dev.lanewise.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.gguf.Metadata;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Maps of characters that are sound, and ones that are not. */
final class CharsMapTest {
  private static final int HAS_TEXT = 1 << 8;

  private static Optional<CharsMap> read(int[] bytes) {
    Map<String, Object> keys = Map.of("tokenizer.ggml.precompiled_charsmap", bytes);
    return CharsMap.read(new Metadata(Path.of("made"), keys));
  }

  /** A map with a trie of some units. */
  private static int[] bytes(int[] units, String replacements) {
    int[] bytes = new int[4 + 4 * units.length + replacements.length()];
    put(bytes, 0, 4 * units.length);
    for (int i = 0; i < units.length; i++) {
      put(bytes, 4 + 4 * i, units[i]);
    }
    for (int i = 0; i < replacements.length(); i++) {
      bytes[4 + 4 * units.length + i] = replacements.charAt(i);
    }
    return bytes;
  }

  private static void put(int[] bytes, int at, int value) {
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = value >>> 8 * i & 0xFF;
    }
  }

  /** A unit that a byte leads to, which stands at a place and whose children are a row. */
  private static int unit(int b, int at, int row) {
    return b | (at ^ row) << 10;
  }

  /** Replaces a by x and abc by yz. */
  private static int[] sound() {
    int[] units = new int[1280];
    units[0] = unit(0, 0, 256);
    units[256 ^ 'a'] = unit('a', 256 ^ 'a', 512) | HAS_TEXT;
    units[512] = 1 << 31;
    units[512 ^ 'b'] = unit('b', 512 ^ 'b', 768);
    units[768 ^ 'c'] = unit('c', 768 ^ 'c', 1024) | HAS_TEXT;
    units[1024] = 1 << 31 | 2;
    return bytes(units, "x\0yz\0");
  }

  @Test
  void replacesTheLongestOrTheShortest() {
    CharsMap map = read(sound()).orElseThrow();
    assertEquals("yzxbx", map.replaceLongest("abcaba"));
    assertEquals("xbcb", map.replaceClusters("abcb"));
    assertEquals("", map.replaceLongest(""));
    assertTrue(read(new int[0]).isEmpty());
  }

  @Test
  void aTrieWithACircleEndsWithTheText() {
    int[] units = new int[512];
    units[0] = unit(0, 0, 256);
    units[256 ^ 'a'] = unit('a', 256 ^ 'a', 256);
    CharsMap map = read(bytes(units, "\0")).orElseThrow();
    String text = "a".repeat(10_000);
    assertEquals(text, map.replaceClusters(text));
  }

  private static void assertRefused(int[] bytes, String problem) {
    ModelFormatException error = assertThrows(ModelFormatException.class, () -> read(bytes));
    assertTrue(
        error.getMessage().contains("tokenizer.ggml.precompiled_charsmap: " + problem),
        error.getMessage());
  }

  @Test
  void refusesOffsetsThatLeadOut() {
    int[] sound = sound();
    assertRefused(new int[] {1, 2, 3}, "a trie of 0 bytes in 3");
    assertRefused(Arrays.copyOf(sound, 5120), "a trie of 5120 bytes in 5120");
    int[] odd = sound.clone();
    put(odd, 0, 5118);
    assertRefused(odd, "a trie of 5118 bytes");
    int[] negative = sound.clone();
    put(negative, 0, -4);
    assertRefused(negative, "a trie of 4294967292 bytes");
    int[] children = sound.clone();
    put(children, 4, unit(0, 0, 4096));
    assertRefused(children, "unit 0 of the trie leads out");
    int[] farChildren = sound.clone();
    put(farChildren, 4, 0xFFFFFE00);
    assertRefused(farChildren, "unit 0 of the trie leads out");
    int[] replacement = sound.clone();
    put(replacement, 4 + 4 * 512, 1 << 31 | 300_000);
    assertRefused(replacement, "unit 353 of the trie names no replacement");
    int[] endless = sound.clone();
    Arrays.fill(endless, 4 + 5120, endless.length, 'x');
    assertRefused(endless, "unit 353 of the trie names no replacement");
    assertRefused(new int[(1 << 24) + 1], "16777217 bytes; at most");
  }

  @Test
  void damageIsRefusedOrHarmless() {
    Random random = new Random(5);
    int[] sound = sound();
    for (int round = 0; round < 2000; round++) {
      int[] damaged = sound.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        int unit = new int[] {0, 256 ^ 'a', 512, 512 ^ 'b', 768 ^ 'c', 1024}[random.nextInt(6)];
        damaged[4 + 4 * unit + random.nextInt(4)] ^= 1 << random.nextInt(8);
      }
      try {
        CharsMap map = read(damaged).orElseThrow();
        map.replaceLongest("abcaab\u00e9\0");
        map.replaceClusters("abcaab\u00e9\0");
      } catch (ModelFormatException refused) {
        assertTrue(refused.getMessage().contains("precompiled_charsmap"), refused.getMessage());
      }
    }
  }
}
